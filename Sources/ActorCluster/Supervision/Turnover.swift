package import ProcessIO

/// Which workers of a pool are replaced for their memory, age or number of calls, and in what order.
///
/// One at a time, so that a pool whose workers grow alike never drains all of them together: the next one's turn
/// comes when the replacement is ready, its slot has been given up, or `turn` has passed. Memory goes before age and
/// calls.
package struct Turnover: Equatable, Sendable {
    package enum Reason: Equatable, Sendable {
        case memory(bytes: Int, limit: Int)
        case age(Duration)
        case calls(UInt64)
    }

    package enum Action: Equatable, Sendable {
        /// Once for each worker.
        case overMemory(incarnation: UInt64, bytes: Int, limit: Int)
        /// It is to be drained, and its slot filled again.
        case replace(incarnation: UInt64, Reason)
    }

    private struct Life: Equatable {
        let incarnation: UInt64
        let ages: Instant
        let calls: UInt64
        var reason: Reason?
    }

    private struct Turn: Equatable {
        let slot: Int
        let until: Instant
    }

    private let limits: PoolLimits
    private let turnLimit: Duration
    /// Ready workers by slot, but for those that were told to leave.
    private var lives: [Int: Life] = [:]
    /// Those whose slot has a newer worker, and may get it back.
    private var reserves: [Int: Life] = [:]
    private var turn: Turn?

    /// `turn` is how long draining and filling a slot may keep others waiting.
    package init(_ limits: PoolLimits, turn: Duration) {
        self.limits = limits
        turnLimit = turn
    }

    /// Whether there is any limit at all.
    package var isOff: Bool { limits.memory == nil && limits.age == nil && limits.calls == nil }

    /// The ready workers that were not told to leave, by slot.
    package var incarnations: [Int: UInt64] { lives.mapValues(\.incarnation) }

    /// When `tick` has something to do next.
    package var nextDeadline: Instant? {
        if let turn { return turn.until }
        let next = lives.values.map { $0.reason == nil ? $0.ages : .zero }.min()
        return next == .distantFuture ? nil : next
    }

    /// A worker is ready. `chance`, in 0..<1, takes up to a quarter off its age and its number of calls, so that
    /// workers started together do not leave together.
    package mutating func ready(_ incarnation: UInt64, slot: Int, at now: Instant, chance: Double) {
        guard !isOff else { return }
        let share = 1 - 0.25 * chance
        let age = limits.age.map { age in
            now + .nanoseconds(Int64(exactly: (Double(age.wholeNanoseconds) * share).rounded()) ?? .max)
        }
        let calls = limits.calls.map { UInt64(max(1, (Double($0) * share).rounded())) }
        // Without one in its place it follows another that is gone, and whoever was in reserve for that is for this.
        if let before = lives[slot] { reserves[slot] = before }
        lives[slot] = Life(incarnation: incarnation, ages: age ?? .distantFuture, calls: calls ?? .max)
        if turn?.slot == slot { turn = nil }
    }

    /// A process is gone, or will be for another reason.
    package mutating func left(_ incarnation: UInt64, slot: Int) {
        if lives[slot]?.incarnation == incarnation { lives[slot] = nil }
        if reserves[slot]?.incarnation == incarnation { reserves[slot] = nil }
    }

    /// A worker has its slot back, and is as old as it was.
    package mutating func returned(_ incarnation: UInt64, slot: Int) {
        guard let life = reserves.removeValue(forKey: slot), life.incarnation == incarnation else { return }
        lives[slot] = life
    }

    /// The slot is not filled again.
    package mutating func isOver(_ slot: Int) {
        (lives[slot], reserves[slot]) = (nil, nil)
        if turn?.slot == slot { turn = nil }
    }

    /// What a worker has of memory.
    package mutating func measured(_ incarnation: UInt64, slot: Int, bytes: Int) -> [Action] {
        guard let limit = limits.memory, bytes > limit, var life = lives[slot], life.incarnation == incarnation
        else { return [] }
        if life.reason?.isMemory == true { return [] }
        life.reason = .memory(bytes: bytes, limit: limit)
        lives[slot] = life
        return [.overMemory(incarnation: incarnation, bytes: bytes, limit: limit)]
    }

    /// How many calls it has ended.
    package mutating func served(_ calls: UInt64, incarnation: UInt64, slot: Int) {
        guard let life = lives[slot], life.incarnation == incarnation, life.reason == nil, calls >= life.calls
        else { return }
        lives[slot]?.reason = .calls(calls)
    }

    /// Whose turn it is.
    package mutating func tick(at now: Instant) -> [Action] {
        for (slot, life) in lives where life.reason == nil && life.ages <= now {
            lives[slot]?.reason = limits.age.map { .age($0) }
        }
        if let turn, turn.until <= now { self.turn = nil }
        guard turn == nil, let slot = next(), let life = lives[slot], let reason = life.reason else { return [] }
        lives[slot] = nil
        turn = Turn(slot: slot, until: now + turnLimit)
        return [.replace(incarnation: life.incarnation, reason)]
    }

    private func next() -> Int? {
        let due = lives.filter { $0.value.reason != nil }
        return due.min { left, right in
            let first = (left.value.reason?.isMemory == true ? 0 : 1, left.value.incarnation)
            return first < (right.value.reason?.isMemory == true ? 0 : 1, right.value.incarnation)
        }?.key
    }
}

extension Turnover.Reason {
    fileprivate var isMemory: Bool { if case .memory = self { true } else { false } }
}
