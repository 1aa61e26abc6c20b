package import ProcessIO

/// What a call asks of the worker that it goes to.
package enum Wish: Hashable, Sendable {
    case any
    case slot(Int)
    /// A worker with this tag.
    case tag(UInt64)
    /// The worker that this key belongs to.
    case key(UInt64)
}

/// Calls that wait for a place at a worker: bounded, each within its deadline, by priority and order of arrival.
package struct PoolQueue<Waiter: Sendable>: Sendable {
    /// What a waiting call waits for. A key's call waits for one slot, another one when the workers change.
    package enum Seat: Hashable, Sendable {
        case any
        case slot(Int)
        case tag(UInt64)
        case key(slot: Int)
    }

    package struct Entry: Sendable {
        package let waiter: Waiter
        package let wish: Wish
        package let priority: CallPriority
        package let since: Instant
        package fileprivate(set) var seat: Seat
    }

    /// Numbers of calls in order of arrival; those that ended or moved meanwhile are passed over.
    private struct Line {
        var ids: [UInt64] = []
        var start = 0

        mutating func first(where isLive: (UInt64) -> Bool) -> UInt64? {
            while start < ids.count, !isLive(ids[start]) { start += 1 }
            if start == ids.count { (ids, start) = ([], 0) }
            return ids.isEmpty ? nil : ids[start]
        }
    }

    private struct Place: Hashable {
        let seat: Seat
        let priority: CallPriority
    }

    private let limit: Int
    private let slotLimit: Int
    private var entries: [UInt64: Entry] = [:]
    /// Calls by slot.
    private var bySlot: [Int: Int] = [:]
    private var lines: [Place: Line] = [:]
    private var deadlines = TimerHeap<UInt64>()
    private var lineCount = 0

    package init(limit: Int, slotLimit: Int = Limits.slotQueue) { (self.limit, self.slotLimit) = (limit, slotLimit) }

    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }
    /// What is kept besides the calls: deadlines and places in lines, those of ended calls included.
    package var bookkeeping: Int {
        deadlines.count + lines.values.reduce(0) { $0 + $1.ids.count } + lines.count + bySlot.count
    }

    /// The bound that keeps a call from waiting, and how many there are; a call by slot has one more than others.
    package func exhausted(for wish: Wish) -> (waiting: Int, limit: Int, isOfSlot: Bool)? {
        if entries.count >= limit { return (entries.count, limit, false) }
        guard case .slot(let slot) = wish, let waiting = bySlot[slot], waiting >= slotLimit else { return nil }
        return (waiting, slotLimit, true)
    }

    /// False: as many wait as may.
    package mutating func add(
        _ id: UInt64, _ waiter: Waiter, wish: Wish, seat: Seat, priority: CallPriority = .normal, deadline: Instant,
        at now: Instant
    ) -> Bool {
        guard exhausted(for: wish) == nil else { return false }
        if case .slot(let slot) = wish { bySlot[slot, default: 0] += 1 }
        entries[id] = Entry(waiter: waiter, wish: wish, priority: priority, since: now, seat: seat)
        lines[Place(seat: seat, priority: priority), default: Line()].ids.append(id)
        lineCount += 1
        if deadline < .distantFuture { deadlines.insert(id, at: deadline) }
        return true
    }

    // MARK: Going on

    /// Whether a worker that serves these seats would have something to do.
    package mutating func hasWaiter(_ seats: [Seat]) -> Bool {
        CallPriority.allCases.contains { first(seats, $0) != nil }
    }

    /// The next call for a worker that serves these seats.
    package mutating func take(_ seats: [Seat], _ turn: inout PriorityTurn) -> Entry? {
        defer { forget() }
        var firsts: [CallPriority: UInt64] = [:]
        let priority = turn.choose { priority in
            firsts[priority] = first(seats, priority)
            return firsts[priority] != nil
        }
        return priority.flatMap { firsts[$0] }.flatMap { remove($0) }
    }

    private mutating func first(_ seats: [Seat], _ priority: CallPriority) -> UInt64? {
        seats.compactMap { first(Place(seat: $0, priority: priority)) }.min()
    }

    private mutating func first(_ place: Place) -> UInt64? {
        let entries = entries
        guard let first = lines[place]?.first(where: { entries[$0]?.seat == place.seat }) else {
            lines[place] = nil
            return nil
        }
        return first
    }

    /// The slots of keys may have changed: every call with a key gets the seat that it has from now on.
    package mutating func reseat(_ seat: (UInt64) -> Seat) {
        let moved = entries.filter { if case .key = $0.value.wish { true } else { false } }.keys.sorted()
        guard !moved.isEmpty else { return }
        for id in moved {
            guard let entry = entries[id], case .key(let key) = entry.wish else { continue }
            entries[id]?.seat = seat(key)
        }
        rebuild()
    }

    // MARK: Ending

    /// `nil`: it does not wait any more.
    package mutating func cancel(_ id: UInt64) -> Waiter? {
        defer { forget() }
        return remove(id)?.waiter
    }

    private mutating func remove(_ id: UInt64) -> Entry? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        if case .slot(let slot) = entry.wish {
            let count = bySlot[slot, default: 1] - 1
            bySlot[slot] = count > 0 ? count : nil
        }
        return entry
    }

    /// All whose deadline has come, the earliest first.
    package mutating func expire(at now: Instant) -> [Waiter] {
        defer { forget() }
        var expired: [Waiter] = []
        while let id = deadlines.popExpired(at: now) {
            if let entry = remove(id) { expired.append(entry.waiter) }
        }
        return expired
    }

    package mutating func nextDeadline() -> Instant? {
        let entries = entries
        deadlines.dropStale { entries[$0] == nil }
        return deadlines.next
    }

    /// Those that wait in vain, in order of arrival.
    package mutating func takeAll(where isOver: (Wish) -> Bool) -> [Waiter] {
        defer { forget() }
        let ids = entries.filter { isOver($0.value.wish) }.keys.sorted()
        return ids.compactMap { remove($0)?.waiter }
    }

    /// Drops what is kept of ended calls once it outnumbers what is kept of others.
    private mutating func forget() {
        let entries = entries
        deadlines.compact(live: entries.count) { entries[$0] == nil }
        if entries.isEmpty {
            (lines, lineCount, deadlines) = ([:], 0, TimerHeap())
        } else if lineCount > 2 * entries.count + 64 {
            rebuild()
        }
    }

    private mutating func rebuild() {
        lines = [:]
        for (id, entry) in entries.sorted(by: { $0.key < $1.key }) {
            lines[Place(seat: entry.seat, priority: entry.priority), default: Line()].ids.append(id)
        }
        lineCount = entries.count
    }
}
