package import ProcessIO

/// The rules of a pool, slot by slot: events and the time in, what is to be done out.
///
/// A slot is `idle`, `starting` (spawned, then online), `ready`, `leaving` (on its way out for whatever reason), `paused`
/// before a restart, or `over`. It is filled again only after its process has been reaped.
package struct Supervision: Sendable {
    package struct Settings: Equatable, Sendable {
        package var count: Int
        package var policy = RestartPolicy.always
        package var intensity = RestartIntensity.default
        package var backoff = Backoff()
        package var ready = WorkerTimeouts().ready
        package var hello = Limits.hello

        package init(count: Int) { self.count = count }
    }

    /// What a process did, or what became of it.
    package enum Event: Equatable, Sendable {
        /// There is a process.
        case spawned
        case online
        case ready
        /// Its factory threw, or it does not fit; it leaves by itself.
        case failed(ClusterError)
        case disconnected
        /// It sent what no worker of ours sends; its pipe has been closed.
        case violated(ClusterError)
        case exited(ExitStatus)
        /// There never was a process.
        case spawnFailed(ClusterError)
    }

    package enum Action: Equatable, Sendable {
        case spawn(slot: Int, incarnation: UInt64)
        /// The process is to leave, beginning with this stage of `ShutdownPlan`.
        case stop(incarnation: UInt64, from: ShutdownPlan.Stage)
        case route(slot: Int)
        case unroute(slot: Int)
        /// All slots are ready for the first time.
        case started
        case startFailed(ClusterError)
        case gaveUp(slot: Int)
        /// No slot is left.
        case poolGaveUp(ClusterError)
        /// After `stop`: no process is left.
        case stopped
    }

    enum Slot: Equatable, Sendable {
        case idle
        case starting(UInt64, isOnline: Bool)
        case ready(UInt64)
        case leaving(UInt64, isIntended: Bool)
        case paused(until: Instant)
        case over
    }

    enum Phase: Equatable, Sendable { case starting, running, stopping, stopped }

    struct History: Equatable, Sendable {
        var budget: RestartBudget
        var failures = 0
        var isGivenUp = false
        var incarnation: UInt64 = 0
        var spawned = Instant.zero
        var error: ClusterError?
        var exits: [ExitStatus] = []
    }

    let settings: Settings
    let group: String
    var slots: [Slot]
    var histories: [History]
    var phase = Phase.starting

    package init(group: String, settings: Settings) {
        self.group = group
        self.settings = settings
        slots = Array(repeating: .idle, count: settings.count)
        histories = Array(repeating: History(budget: RestartBudget(settings.intensity)), count: settings.count)
    }

    /// Processes that are not reaped yet, by slot.
    package var incarnations: [UInt64?] { slots.map(\.incarnation) }

    /// When `tick` has something to do next.
    package var nextDeadline: Instant? {
        slots.indices.compactMap { slot -> Instant? in
            switch slots[slot] {
            case .paused(let until): until
            case .starting(_, let isOnline): startDeadline(slot, isOnline: isOnline)
            default: nil
            }
        }.min()
    }

    // MARK: Starting and stopping the pool

    /// Fills all slots. `newIncarnation` numbers the processes.
    package mutating func start(at now: Instant, newIncarnation: () -> UInt64) -> [Action] {
        slots.isEmpty
            ? begin() : slots.indices.map { spawn($0, at: now, incarnation: newIncarnation()) }
    }

    /// Nothing is started any more; all processes leave.
    package mutating func stop() -> [Action] {
        guard phase != .stopping, phase != .stopped else { return [] }
        phase = .stopping
        var actions: [Action] = []
        for slot in slots.indices {
            switch slots[slot] {
            case .starting(let incarnation, _), .ready(let incarnation):
                slots[slot] = .leaving(incarnation, isIntended: true)
                actions += [.unroute(slot: slot), .stop(incarnation: incarnation, from: .drain)]
            case .leaving(let incarnation, _): slots[slot] = .leaving(incarnation, isIntended: true)
            case .idle, .paused, .over: slots[slot] = .over
            }
        }
        return actions + finishStop()
    }

    /// Starts what has paused long enough, and kills what has not started in time.
    package mutating func tick(at now: Instant, newIncarnation: () -> UInt64) -> [Action] {
        slots.indices.flatMap { slot -> [Action] in
            switch slots[slot] {
            case .paused(let until) where until <= now:
                return [spawn(slot, at: now, incarnation: newIncarnation())]
            case .starting(let incarnation, let isOnline) where startDeadline(slot, isOnline: isOnline) <= now:
                let id = WorkerID(group: group, slot: slot, incarnation: incarnation)
                // One that said why it failed, but did not leave, has told more than that.
                let late = ClusterError.notReady(
                    id, after: isOnline ? settings.ready : min(settings.hello, settings.ready))
                histories[slot].error = histories[slot].error ?? late
                slots[slot] = .leaving(incarnation, isIntended: false)
                return [.stop(incarnation: incarnation, from: .kill)]
            default: return []
            }
        }
    }

    // MARK: What processes do

    /// `chance`, in 0..<1, spreads restarts.
    package mutating func handle(
        _ event: Event, of incarnation: UInt64, at now: Instant, chance: Double, newIncarnation: () -> UInt64
    ) -> [Action] {
        guard let slot = slots.firstIndex(where: { $0.incarnation == incarnation }) else { return [] }
        switch event {
        case .spawned:
            // Many starts may have waited for this one's turn; its own time begins with its process.
            histories[slot].spawned = now
            return []
        case .online:
            if case .starting = slots[slot] { slots[slot] = .starting(incarnation, isOnline: true) }
            return []
        case .ready: return becameReady(slot, incarnation)
        case .failed(let error):
            histories[slot].error = error
            return []
        case .disconnected: return disconnected(slot, incarnation, from: .terminate)
        case .violated(let error):
            histories[slot].error = error
            return disconnected(slot, incarnation, from: .kill)
        case .exited(let status):
            histories[slot].exits = histories[slot].exits.suffix(4) + [status]
            return ended(slot, status, at: now, chance: chance, newIncarnation: newIncarnation)
        case .spawnFailed(let error):
            histories[slot].error = error
            return ended(slot, nil, at: now, chance: chance, newIncarnation: newIncarnation)
        }
    }

    private mutating func becameReady(_ slot: Int, _ incarnation: UInt64) -> [Action] {
        guard case .starting = slots[slot] else { return [] }
        slots[slot] = .ready(incarnation)
        return [.route(slot: slot)] + begin()
    }

    /// The pool runs once all slots have been ready at one time.
    private mutating func begin() -> [Action] {
        guard phase == .starting, slots.allSatisfy(\.isReady) else { return [] }
        phase = .running
        return [.started]
    }

    private mutating func disconnected(_ slot: Int, _ incarnation: UInt64, from stage: ShutdownPlan.Stage) -> [Action] {
        let isIntended: Bool
        if case .leaving(_, let intended) = slots[slot] { isIntended = intended } else { isIntended = false }
        slots[slot] = .leaving(incarnation, isIntended: isIntended)
        return [.unroute(slot: slot), .stop(incarnation: incarnation, from: stage)]
    }

    func startDeadline(_ slot: Int, isOnline: Bool) -> Instant {
        histories[slot].spawned + (isOnline ? settings.ready : min(settings.hello, settings.ready))
    }
}

extension Supervision.Slot {
    var incarnation: UInt64? {
        switch self {
        case .starting(let incarnation, _), .ready(let incarnation), .leaving(let incarnation, _): incarnation
        case .idle, .paused, .over: nil
        }
    }

    var isReady: Bool {
        if case .ready = self { true } else { false }
    }
}
