package import ProcessIO

/// The rules of pools under one strategy: which of them stop and start when one has come to its end by failure, and
/// in which order. Pools are numbered in order of their start.
///
/// Those that are to be restarted stop one after another, the last first, and start one after another, the first
/// first. A pool that fails meanwhile joins in. Each failure takes one restart of the budget, however many pools
/// follow from it.
package struct PoolTree: Equatable, Sendable {
    package enum Event: Equatable, Sendable {
        /// No slot is left.
        case gaveUp(ClusterError)
        /// After `halt`: no process is left.
        case halted
        case started
        /// And no process is left.
        case startFailed(ClusterError)
        /// Its user has stopped it.
        case left
    }

    package enum Action: Equatable, Sendable {
        /// All its processes are to leave; what it is asked for meanwhile waits.
        case halt(Int)
        case start(Int)
        /// It will not be restarted, and nobody minds.
        case release(Int)
        /// One that matters cannot be kept alive.
        case gaveUp(ClusterError)
    }

    enum State: Equatable, Sendable {
        /// Its user starts it. Until it runs nothing concerns it.
        case joining
        case running
        /// It has given up.
        case down
        case halting
        case halted
        case starting
    }

    private struct Member: Equatable {
        let number: Int
        let isOptional: Bool
        var state = State.joining
        /// What a restart still has to do with it.
        var mustHalt = false
        var mustStart = false
    }

    private let strategy: SupervisionStrategy
    private let intensity: RestartIntensity
    private let backoff: Backoff
    private var budget: RestartBudget
    /// In order of start. Whoever has left is not among them.
    private var members: [Member] = []
    private var lastNumber = -1
    private var failures = 0
    private var lastFailure: Instant?
    /// Nothing is started before.
    private var pauseEnd: Instant?
    private var isClosed = false

    package init(_ strategy: SupervisionStrategy, intensity: RestartIntensity, backoff: Backoff = Backoff()) {
        self.strategy = strategy
        self.intensity = intensity
        self.backoff = backoff
        budget = RestartBudget(intensity)
    }

    /// When `tick` has something to do next.
    package var nextDeadline: Instant? { isClosed || isBusy ? nil : pauseEnd }

    /// The last step has not been done.
    private var isBusy: Bool { members.contains { $0.state == .halting || $0.state == .starting } }

    func state(of pool: Int) -> State? { members.first { $0.number == pool }?.state }

    /// The number of a pool that is being started. `started` or `left` follows.
    package mutating func join(isOptional: Bool) -> Int {
        lastNumber += 1
        members.append(Member(number: lastNumber, isOptional: isOptional))
        return lastNumber
    }

    /// Nothing is started or stopped any more.
    package mutating func close() { isClosed = true }

    /// `chance`, in 0..<1, spreads restarts.
    package mutating func handle(_ event: Event, of pool: Int, at now: Instant, chance: Double) -> [Action] {
        guard !isClosed, let place = members.firstIndex(where: { $0.number == pool }) else { return [] }
        switch (event, members[place].state) {
        case (.left, _): members.remove(at: place)
        case (.started, .joining), (.started, .starting):
            members[place].state = .running
            // Unless it has to stop once more: something failed while it started.
            if !members[place].mustHalt { members[place].mustStart = false }
        case (.gaveUp(let error), .running):
            members[place].state = .down
            // One that was to be restarted anyway is no failure more.
            if !members[place].mustStart { return failed(place, error, at: now, chance: chance) }
        case (.halted, .halting): members[place].state = .halted
        case (.startFailed(let error), .starting):
            members[place].state = .halted
            return failed(place, error, at: now, chance: chance)
        default: return []
        }
        return goOn(at: now)
    }

    package mutating func tick(at now: Instant) -> [Action] { goOn(at: now) }

    private mutating func failed(_ place: Int, _ error: ClusterError, at now: Instant, chance: Double) -> [Action] {
        guard budget.spend(at: now) else {
            if members[place].isOptional { return [.release(members.remove(at: place).number)] + goOn(at: now) }
            isClosed = true
            return [.gaveUp(exhausted(error))]
        }
        if let lastFailure, now - lastFailure >= Backoff.forgottenAfter { failures = 0 }
        lastFailure = now
        failures += 1
        let pause = backoff.pause(afterFailures: failures, chance: chance)
        pauseEnd = pause > .zero ? now + pause : nil
        for other in members.indices where isConcerned(other, by: place) {
            members[other].mustStart = true
            members[other].mustHalt = members[other].state != .halted && members[other].state != .halting
        }
        return goOn(at: now)
    }

    private func isConcerned(_ other: Int, by place: Int) -> Bool {
        guard members[other].state != .joining else { return false }
        return switch strategy {
        case .oneForOne: other == place
        case .oneForAll: true
        case .restForOne: other >= place
        }
    }

    /// The next step, once the last has been done: stop the last that is to be stopped, or else start the first that
    /// is not running again. The end of a start is not waited for to stop something: it may never come without what
    /// has failed.
    private mutating func goOn(at now: Instant) -> [Action] {
        guard !isClosed, !members.contains(where: { $0.state == .halting }) else { return [] }
        if let last = members.lastIndex(where: \.mustHalt) {
            members[last].state = .halting
            members[last].mustHalt = false
            return [.halt(members[last].number)]
        }
        guard !isBusy else { return [] }
        guard let first = members.firstIndex(where: \.mustStart) else {
            pauseEnd = nil
            return []
        }
        if let pauseEnd, pauseEnd > now { return [] }
        pauseEnd = nil
        members[first].state = .starting
        return [.start(members[first].number)]
    }

    private func exhausted(_ error: ClusterError) -> ClusterError {
        guard case .gaveUp(let worker, let story) = error else { return error }
        let limit = "\(intensity.restarts) restarts of pools in \(intensity.window)"
        return .gaveUp(worker, story: "\(story); the strategy \(strategy) allows \(limit)")
    }
}
