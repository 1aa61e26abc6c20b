package import ProcessIO

/// Those who wait for a name, or for a change among the names of a type: bounded, each until its moment.
package struct NameWaiters<Waiter: Sendable>: Sendable {
    package enum Wish: Hashable, Sendable {
        case name(String)
        case changes(ofType: String)
    }

    private struct Entry {
        let wish: Wish
        let waiter: Waiter
    }

    private let limit: Int
    private var entries: [UInt64: Entry] = [:]
    private var byWish: [Wish: Set<UInt64>] = [:]
    private var deadlines = TimerHeap<UInt64>()

    package init(limit: Int = Limits.nameWaits) { self.limit = limit }

    package var count: Int { entries.count }
    /// What is kept besides: wishes, and deadlines.
    package var bookkeeping: Int { byWish.count + deadlines.count }

    /// False: as many wait as may.
    package mutating func add(_ number: UInt64, _ wish: Wish, _ waiter: Waiter, until deadline: Instant) -> Bool {
        guard entries.count < limit else { return false }
        entries[number] = Entry(wish: wish, waiter: waiter)
        byWish[wish, default: []].insert(number)
        if deadline < .distantFuture { deadlines.insert(number, at: deadline) }
        return true
    }

    /// All who waited for this actor to have its name, or not to have it any more, in order of arrival.
    package mutating func take(_ actor: NamedActor) -> [Waiter] {
        let numbers = byWish[.name(actor.name), default: []].union(byWish[.changes(ofType: actor.type), default: []])
        return numbers.sorted().compactMap { cancel($0) }
    }

    /// `nil`: it does not wait any more.
    package mutating func cancel(_ number: UInt64) -> Waiter? {
        guard let entry = entries.removeValue(forKey: number) else { return nil }
        byWish[entry.wish]?.remove(number)
        if byWish[entry.wish]?.isEmpty == true { byWish[entry.wish] = nil }
        let entries = entries
        deadlines.compact(live: entries.count) { entries[$0] == nil }
        return entry.waiter
    }

    package mutating func expire(at now: Instant) -> [Waiter] {
        var expired: [Waiter] = []
        while let number = deadlines.popExpired(at: now) {
            if let waiter = cancel(number) { expired.append(waiter) }
        }
        return expired
    }

    package mutating func nextDeadline() -> Instant? {
        let entries = entries
        deadlines.dropStale { entries[$0] == nil }
        return deadlines.next
    }

    package mutating func takeAll() -> [Waiter] {
        defer { (entries, byWish, deadlines) = ([:], [:], TimerHeap()) }
        return entries.sorted { $0.key < $1.key }.map(\.value.waiter)
    }
}
