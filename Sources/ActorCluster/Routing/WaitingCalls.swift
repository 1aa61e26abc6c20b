package import ProcessIO

/// Calls that wait until a worker of a pool is ready: in order of arrival, bounded, each within its deadline.
package struct WaitingCalls<Waiter: Sendable>: Sendable {
    private struct Entry {
        let id: UInt64
        let waiter: Waiter
        /// `nil`: any slot will do.
        let slot: Int?
    }

    private let limit: Int
    private var entries: [Entry] = []
    private var deadlines = TimerHeap<UInt64>()

    package init(limit: Int = Limits.callsWaiting) { self.limit = limit }

    package var count: Int { entries.count }

    /// False: as many wait as may.
    package mutating func add(_ id: UInt64, _ waiter: Waiter, slot: Int?, deadline: Instant) -> Bool {
        guard entries.count < limit else { return false }
        entries.append(Entry(id: id, waiter: waiter, slot: slot))
        if deadline < .distantFuture { deadlines.insert(id, at: deadline) }
        return true
    }

    /// A slot is ready: all that wait for it, or for any, may go.
    package mutating func take(for slot: Int) -> [Waiter] { remove { $0.slot == nil || $0.slot == slot } }

    /// A slot is given up: what waits for it alone.
    package mutating func take(onlyFor slot: Int) -> [Waiter] { remove { $0.slot == slot } }

    package mutating func takeAll() -> [Waiter] { remove { _ in true } }

    /// `nil`: it does not wait any more.
    package mutating func cancel(_ id: UInt64) -> Waiter? { remove { $0.id == id }.first }

    /// All whose deadline has come.
    package mutating func expire(at now: Instant) -> [Waiter] {
        var expired: Set<UInt64> = []
        while let id = deadlines.popExpired(at: now) { expired.insert(id) }
        return expired.isEmpty ? [] : remove { expired.contains($0.id) }
    }

    package mutating func nextDeadline() -> Instant? {
        let live = Set(entries.map(\.id))
        deadlines.dropStale { !live.contains($0) }
        return deadlines.next
    }

    private mutating func remove(where matches: (Entry) -> Bool) -> [Waiter] {
        let taken = entries.filter(matches)
        guard !taken.isEmpty else { return [] }
        entries.removeAll(where: matches)
        let live = Set(entries.map(\.id))
        deadlines.compact(live: live.count) { !live.contains($0) }
        return taken.map(\.waiter)
    }
}
