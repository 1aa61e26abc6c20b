/// What a descriptor is watched for. The bits are those of the C shim.
package struct Interest: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let readable = Interest(rawValue: 1)
    package static let writable = Interest(rawValue: 2)
}

/// A watched descriptor that has something to do. A hang-up counts as readable: reading then finds the end.
package struct Readiness: Equatable, Sendable {
    package let tag: UInt64
    package let interest: Interest

    package init(tag: UInt64, interest: Interest) { (self.tag, self.interest) = (tag, interest) }
}

/// The system's way to wait for many descriptors: epoll on Linux, kqueue elsewhere.
///
/// Only the event loop's thread calls it, except for `wake`, which any thread may call.
package protocol Poller: Sendable {
    func add(_ descriptor: Int32, _ interest: Interest, tag: UInt64) throws(SystemError)
    func change(_ descriptor: Int32, _ interest: Interest, tag: UInt64) throws(SystemError)
    func remove(_ descriptor: Int32)
    /// Waits until something is ready, the moment has come or `wake` was called; what is ready is put into `ready`.
    func wait(until: Instant?, into ready: inout [Readiness]) throws(SystemError)
    func wake()
}
