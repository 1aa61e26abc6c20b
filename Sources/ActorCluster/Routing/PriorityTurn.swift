/// Which priority a worker that has room takes next: the highest that waits, but none is passed over for ever.
package struct PriorityTurn: Equatable, Sendable {
    /// So many times a priority may be passed over; then it is its turn, or, if it is another's as well, the next one.
    package static let bound = 8

    private var passedNormal = 0
    private var passedLow = 0

    package init() {}

    /// `waits` tells of each priority whether a call of it waits. `nil`: none.
    package mutating func choose(_ waits: (CallPriority) -> Bool) -> CallPriority? {
        let (low, normal, high) = (waits(.low), waits(.normal), waits(.high))
        let chosen: CallPriority
        if low, passedLow >= Self.bound {
            chosen = .low
        } else if normal, passedNormal >= Self.bound {
            chosen = .normal
        } else if high {
            chosen = .high
        } else if normal {
            chosen = .normal
        } else if low {
            chosen = .low
        } else {
            return nil
        }
        passedNormal = chosen == .normal || !normal ? 0 : passedNormal + 1
        passedLow = chosen == .low || !low ? 0 : passedLow + 1
        return chosen
    }
}
