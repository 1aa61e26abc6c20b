/// Which processes live, how the last that have gone went, and who waits for the end of which.
///
/// A process is known by the word of an address (`ActorID.Scope.word`): by its own incarnation, or in a worker also
/// by the slot that it fills.
package struct Terminations<Waiter: Sendable>: Sendable {
    /// Who waits: a process, by its incarnation, and which of its waits.
    package struct Watcher: Hashable, Sendable {
        package let process: UInt64
        package let number: UInt64

        package init(process: UInt64, number: UInt64) {
            self.process = process
            self.number = number
        }
    }

    private let limit: Int
    private var living: [UInt64: [Watcher: Waiter]] = [:]
    private var gone: [UInt64: Termination] = [:]
    /// The words of `gone` in order, from `oldest` on, then from the beginning.
    private var order: [UInt64] = []
    private var oldest = 0
    private var isCutOff = false

    package init(limit: Int = Limits.endsRemembered) { self.limit = limit }

    /// Processes that are watched or may be.
    package var livingCount: Int { living.count }
    package var waitingCount: Int { living.values.reduce(0) { $0 + $1.count } }

    /// There is, or will be, such a process.
    package mutating func began(_ word: UInt64) {
        if !isCutOff, living[word] == nil { living[word] = [:] }
    }

    /// It lives, or its end is remembered.
    package func knows(_ word: UInt64) -> Bool { living[word] != nil || gone[word] != nil }

    /// `nil`: it waits. Otherwise how the process has gone.
    package mutating func watch(_ word: UInt64, _ watcher: Watcher, _ waiter: Waiter) -> Termination? {
        guard living[word] != nil else { return gone[word] ?? Termination(nil, .unreachable) }
        living[word]?[watcher] = waiter
        return nil
    }

    /// It does not wait any more.
    package mutating func cancel(_ word: UInt64, _ watcher: Watcher) -> Waiter? {
        living[word]?.removeValue(forKey: watcher)
    }

    /// It has gone; these waited for it. A slot, which others will fill, is not remembered.
    package mutating func ended(_ word: UInt64, _ end: Termination, isRemembered: Bool = true) -> [Waiter] {
        guard let waiters = living.removeValue(forKey: word) else { return [] }
        if isRemembered { remember(word, end) }
        return Array(waiters.values)
    }

    /// A process that watched others has gone.
    package mutating func forget(watcher process: UInt64) {
        for word in Array(living.keys) {
            guard let waiters = living[word], waiters.keys.contains(where: { $0.process == process }) else { continue }
            living[word] = waiters.filter { $0.key.process != process }
        }
    }

    /// Nothing more will be heard of any process.
    package mutating func cutOff() -> [Waiter] {
        isCutOff = true
        defer { living = [:] }
        return living.values.flatMap(\.values)
    }

    private mutating func remember(_ word: UInt64, _ end: Termination) {
        gone[word] = end
        if order.count < limit {
            order.append(word)
        } else {
            gone[order[oldest]] = nil
            order[oldest] = word
            oldest = (oldest + 1) % limit
        }
    }
}
