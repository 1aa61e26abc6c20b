/// Who waits for which reload of a pool: one is under way, and all that are asked for meanwhile are the one after it.
package struct ReloadQueue: Equatable, Sendable {
    package struct Order: Equatable, Sendable {
        /// `nil`: the path that the pool's program was started from.
        package var executable: String?
        package var surge = 1

        package init(executable: String? = nil, surge: Int = 1) {
            self.executable = executable
            self.surge = surge
        }
    }

    /// Whether a reload is under way.
    package private(set) var isBusy = false
    private var current: [UInt64] = []
    private var next: Order?
    private var waiting: [UInt64] = []

    package init() {}

    /// Somebody wants a reload. Those that wait for the same one share it; of what they ask, the last word counts.
    package mutating func ask(_ number: UInt64, _ order: Order) {
        waiting.append(number)
        next = Order(executable: order.executable ?? next?.executable, surge: order.surge)
    }

    /// What is to be done now, if anything is.
    package mutating func begin() -> Order? {
        guard !isBusy, let next else { return nil }
        (isBusy, self.next) = (true, nil)
        (current, waiting) = (waiting, [])
        return next
    }

    /// What was under way is over, for these.
    package mutating func end() -> [UInt64] {
        isBusy = false
        defer { current = [] }
        return current
    }

    /// Does not wait any more. A reload that nobody waits for does not begin; one that is under way goes on.
    package mutating func cancel(_ number: UInt64) {
        current.removeAll { $0 == number }
        waiting.removeAll { $0 == number }
        if waiting.isEmpty { next = nil }
    }
}
