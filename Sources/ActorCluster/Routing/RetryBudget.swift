/// How many calls that a worker's death has ended may be made once more: a share of all such calls, so that a pool
/// whose workers die of the calls themselves is not given each of them twice.
///
/// The rule is Finagle's: each call adds a share, each repetition takes one, and what is saved is bounded.
package struct RetryBudget: Equatable, Sendable {
    /// In hundredths, so that nothing is lost by rounding.
    private var saved = Limits.retryReserve * 100
    /// Repetitions that were not made.
    package private(set) var refused: UInt64 = 0
    package private(set) var granted: UInt64 = 0

    package init() {}

    /// A call that may be repeated is made.
    package mutating func called() { saved = min(saved + Limits.retryPercent, Limits.retrySaved * 100) }

    /// Whether one may be made once more.
    package mutating func take() -> Bool {
        guard saved >= 100 else {
            refused += 1
            return false
        }
        saved -= 100
        granted += 1
        return true
    }
}
