/// Where the messages of a subscription are taken from in its process: the rest of the last batch, and then the next
/// one, which one task fetches while others wait.
package struct SubscriptionInlet<Waiter: Sendable>: Sendable {
    package enum Step: Equatable, Sendable {
        case message(ArraySlice<UInt8>)
        /// Whoever asked is to fetch a batch and tell of it by `arrived`, or `end` if there is none.
        case fetch
        /// Somebody fetches one.
        case wait
        case over
    }

    private var batch = TopicBatch()
    private var next = 0
    private var isFetching = false
    private var isOver = false
    private var waiting: [Waiter] = []
    private var unreadable: UInt64 = 0

    package init() {}

    /// Messages that were dropped before they came here, and those that could not be read.
    package var dropped: UInt64 { batch.dropped + unreadable }

    package mutating func take() -> Step {
        if isOver { return .over }
        while next < batch.values.count {
            next += 1
            if let message = batch.values[next - 1] { return .message(message) }
            unreadable += 1
        }
        if isFetching { return .wait }
        isFetching = true
        return .fetch
    }

    /// After `take` has said so. False: it is to be asked again.
    package mutating func wait(_ waiter: Waiter) -> Bool {
        guard isFetching, !isOver else { return false }
        waiting.append(waiter)
        return true
    }

    /// Those who waited are to ask again.
    package mutating func arrived(_ batch: TopicBatch) -> [Waiter] {
        isFetching = false
        (self.batch, next) = (batch, 0)
        defer { waiting = [] }
        return waiting
    }

    /// What was taken last is no message of this program's.
    package mutating func wasUnreadable() { unreadable += 1 }

    /// Nobody reads any more. The first time it is so, whoever sends has to be told.
    package mutating func end() -> (isFirst: Bool, waiting: [Waiter]) {
        defer { (isOver, waiting) = (true, []) }
        return (!isOver, waiting)
    }
}
