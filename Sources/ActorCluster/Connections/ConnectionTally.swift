import ProcessIO

/// What a worker has had to do with one listener's connections, and who waits until it may have one more.
package struct ConnectionTally<Waiter: Sendable>: Sendable {
    package private(set) var begun: UInt64 = 0
    package private(set) var ended: UInt64 = 0
    package private(set) var pauses: UInt64 = 0
    /// Places of connections that are being accepted.
    private var reserved = 0
    private var waiting: [(number: UInt64, waiter: Waiter)] = []

    package init() {}

    package var active: Int { Int(clamping: begun - ended) }
    package var waitingCount: Int { waiting.count }

    package mutating func begin() { begun += 1 }

    /// Returns who is to look for a place again.
    package mutating func end() -> [Waiter] {
        ended += 1
        return takeWaiting()
    }

    package mutating func pause() { pauses += 1 }

    /// A place among so many; false: there is none.
    package mutating func reserve(of limit: Int?) -> Bool {
        if let limit, active + reserved >= limit { return false }
        reserved += 1
        return true
    }

    /// The place is used, or not needed.
    package mutating func settle(isUsed: Bool) -> [Waiter] {
        reserved -= 1
        if isUsed { begun += 1 }
        return isUsed ? [] : takeWaiting()
    }

    /// False: there is a place.
    package mutating func wait(_ waiter: Waiter, number: UInt64, for limit: Int) -> Bool {
        guard active + reserved >= limit else { return false }
        waiting.append((number, waiter))
        return true
    }

    /// The one with this number waits no longer; `nil`: it did not wait, or is to look again already.
    package mutating func cancel(_ number: UInt64) -> Waiter? {
        guard let index = waiting.firstIndex(where: { $0.number == number }) else { return nil }
        return waiting.remove(at: index).waiter
    }

    /// All who wait are to look again.
    package mutating func takeWaiting() -> [Waiter] {
        defer { waiting = [] }
        return waiting.map { $0.waiter }
    }
}
