#if canImport(Darwin)
import Darwin

/// kqueue(2), level-triggered, with a user event to wake it. Untested: nobody has run it yet.
package final class Kqueue: Poller {
    private let queue: FileDescriptor
    private static let bellTag = UInt64.max
    private static let mostEvents = 64

    package init() throws(SystemError) {
        queue = FileDescriptor(owning: try checking("kqueue") { kqueue() })
        try apply([Self.event(UInt(Self.bellTag), EVFILT_USER, EV_ADD | EV_CLEAR, Self.bellTag)])
    }

    package func add(_ descriptor: Int32, _ interest: Interest, tag: UInt64) throws(SystemError) {
        try change(descriptor, interest, tag: tag)
    }

    package func change(_ descriptor: Int32, _ interest: Interest, tag: UInt64) throws(SystemError) {
        for (filter, wanted) in [(EVFILT_READ, Interest.readable), (EVFILT_WRITE, .writable)] {
            if interest.contains(wanted) {
                try apply([Self.event(UInt(descriptor), filter, EV_ADD, tag)])
            } else {
                try? apply([Self.event(UInt(descriptor), filter, EV_DELETE, tag)])
            }
        }
    }

    package func remove(_ descriptor: Int32) {
        for filter in [EVFILT_READ, EVFILT_WRITE] {
            try? apply([Self.event(UInt(descriptor), filter, EV_DELETE, 0)])
        }
    }

    package func wait(until moment: Instant?, into ready: inout [Readiness]) throws(SystemError) {
        ready.removeAll(keepingCapacity: true)
        var limit = timespec()
        if let moment {
            let left = max(0, (moment - MonotonicClock.now).wholeNanoseconds)
            limit = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
        }
        var events = [kevent](repeating: kevent(), count: Self.mostEvents)
        let count = withUnsafePointer(to: &limit) {
            kevent(queue.number, nil, 0, &events, Int32(events.count), moment == nil ? nil : $0)
        }
        if count < 0 && errno != EINTR { throw .last("kevent") }
        for event in events.prefix(max(0, Int(count))) {
            let tag = UInt64(UInt(bitPattern: event.udata))
            guard tag != Self.bellTag else { continue }
            ready.append(Readiness(tag: tag, interest: event.filter == EVFILT_WRITE ? .writable : .readable))
        }
    }

    package func wake() {
        var event = Self.event(UInt(Self.bellTag), EVFILT_USER, 0, Self.bellTag)
        event.fflags = UInt32(NOTE_TRIGGER)
        try? apply([event])
    }

    private func apply(_ changes: [kevent]) throws(SystemError) {
        let number = queue.number
        try checking("kevent") { kevent(number, changes, Int32(changes.count), nil, 0, nil) }
    }

    private static func event(_ ident: UInt, _ filter: Int32, _ flags: Int32, _ tag: UInt64) -> kevent {
        kevent(
            ident: ident, filter: Int16(filter), flags: UInt16(flags), fflags: 0, data: 0,
            udata: UnsafeMutableRawPointer(bitPattern: UInt(tag)))
    }
}

extension EventLoop {
    static func makePoller() throws(SystemError) -> any Poller { try Kqueue() }
}
#endif
