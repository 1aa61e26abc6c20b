/// Deadlines in, the next wake-up and what has expired out: a binary heap.
///
/// Entries of what ended early are not searched for; the owner lets them lie and calls `compact` now and then, so that
/// finishing a call costs nothing here. At one and the same moment the entry put in first comes out first.
package struct TimerHeap<ID: Hashable & Sendable>: Sendable {
    private struct Entry: Sendable {
        let deadline: Instant
        let order: UInt64
        let id: ID
    }

    private var entries: [Entry] = []
    private var inserted: UInt64 = 0

    package init() {}

    package var count: Int { entries.count }
    package var next: Instant? { entries.first?.deadline }

    package mutating func insert(_ id: ID, at deadline: Instant) {
        entries.append(Entry(deadline: deadline, order: inserted, id: id))
        inserted += 1
        rise(from: entries.count - 1)
    }

    /// Takes out the earliest entry if its moment has come.
    package mutating func popExpired(at now: Instant) -> ID? {
        guard let first = entries.first, first.deadline <= now else { return nil }
        return removeFirst(first)
    }

    /// Takes out earliest entries as long as they mean nothing any more, so that `next` is a real deadline.
    package mutating func dropStale(where isStale: (ID) -> Bool) {
        while let first = entries.first, isStale(first.id) { _ = removeFirst(first) }
    }

    /// Forgets stale entries once they outnumber the `live` ones.
    package mutating func compact(live: Int, isStale: (ID) -> Bool) {
        guard entries.count > 2 * live + 64 else { return }
        entries.removeAll { isStale($0.id) }
        for index in stride(from: entries.count / 2, through: 0, by: -1) { sink(from: index) }
    }

    private mutating func removeFirst(_ first: Entry) -> ID {
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        sink(from: 0)
        return first.id
    }

    private func precedes(_ left: Int, _ right: Int) -> Bool {
        let (left, right) = (entries[left], entries[right])
        return left.deadline == right.deadline ? left.order < right.order : left.deadline < right.deadline
    }

    private mutating func rise(from start: Int) {
        var index = start
        while index > 0, precedes(index, (index - 1) / 2) {
            entries.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func sink(from start: Int) {
        var index = start
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < entries.count && precedes(child, least) {
                least = child
            }
            if least == index { return }
            entries.swapAt(index, least)
            index = least
        }
    }
}
