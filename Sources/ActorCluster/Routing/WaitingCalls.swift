package import ProcessIO

/// Calls that wait until a worker of a pool is ready: in order of arrival, bounded, each within its deadline.
package struct WaitingCalls<Waiter: Sendable>: Sendable {
    private struct Entry {
        let waiter: Waiter
        /// `nil`: any slot will do.
        let slot: Int?
    }

    private let limit: Int
    private var entries: [UInt64: Entry] = [:]
    /// In order of arrival; those that ended meanwhile are passed over.
    private var line: [UInt64] = []
    private var deadlines = TimerHeap<UInt64>()

    package init(limit: Int = Limits.callsWaiting) { self.limit = limit }

    package var count: Int { entries.count }
    /// What is kept besides the calls: deadlines and places in the line, those of ended calls included.
    package var bookkeeping: Int { deadlines.count + line.count }

    /// False: as many wait as may.
    package mutating func add(_ id: UInt64, _ waiter: Waiter, slot: Int?, deadline: Instant) -> Bool {
        guard entries.count < limit else { return false }
        entries[id] = Entry(waiter: waiter, slot: slot)
        line.append(id)
        if deadline < .distantFuture { deadlines.insert(id, at: deadline) }
        return true
    }

    /// A slot is ready: all that wait for it, or for any, may go.
    package mutating func take(for slot: Int) -> [Waiter] { take { $0 == nil || $0 == slot } }

    /// A slot is given up: what waits for it alone.
    package mutating func take(onlyFor slot: Int) -> [Waiter] { take { $0 == slot } }

    package mutating func takeAll() -> [Waiter] { take { _ in true } }

    /// `nil`: it does not wait any more.
    package mutating func cancel(_ id: UInt64) -> Waiter? {
        defer { forget() }
        return entries.removeValue(forKey: id)?.waiter
    }

    /// All whose deadline has come, the earliest first.
    package mutating func expire(at now: Instant) -> [Waiter] {
        defer { forget() }
        var expired: [Waiter] = []
        while let id = deadlines.popExpired(at: now) {
            if let entry = entries.removeValue(forKey: id) { expired.append(entry.waiter) }
        }
        return expired
    }

    package mutating func nextDeadline() -> Instant? {
        let entries = entries
        deadlines.dropStale { entries[$0] == nil }
        return deadlines.next
    }

    private mutating func take(where matches: (Int?) -> Bool) -> [Waiter] {
        defer { forget() }
        var taken: [Waiter] = []
        for id in line {
            guard let entry = entries[id], matches(entry.slot) else { continue }
            taken.append(entry.waiter)
            entries[id] = nil
        }
        return taken
    }

    /// Drops what is kept of ended calls once it outnumbers what is kept of others.
    private mutating func forget() {
        let entries = entries
        deadlines.compact(live: entries.count) { entries[$0] == nil }
        if entries.isEmpty {
            line = []
            deadlines = TimerHeap()
        } else if line.count > 2 * entries.count + 64 {
            line.removeAll { entries[$0] == nil }
        }
    }
}
