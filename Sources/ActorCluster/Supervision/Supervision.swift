package import ProcessIO

/// The rules of a pool, slot by slot: events and the time in, what is to be done out.
///
/// A slot is `idle`, `starting` (spawned, then online), `ready`, `cutOff` (its pipe has ended), `leaving` (made to go),
/// `paused` before a restart, or `over`. It is filled again only after its process has been reaped.
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
        /// It does not fit this primary, and its replacement would not either; its pipe has been closed.
        case incompatible(ClusterError)
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
        /// Its exit status is due any moment and tells why. If it is not there in time, the process is made to leave.
        case cutOff(UInt64, until: Instant)
        case leaving(UInt64, Departure)
        case paused(until: Instant)
        case over
    }

    /// Why a process is made to go.
    enum Departure: Equatable, Sendable {
        /// The pool stops.
        case asked
        /// For its own fault, so it counts as failed whatever its exit status is.
        case forced
        case incompatible
    }

    enum Phase: Equatable, Sendable { case starting, running, stopping, stopped }

    struct History: Equatable, Sendable {
        var budget: RestartBudget
        var failures = 0
        var isGivenUp = false
        var incarnation: UInt64 = 0
        var spawned = Instant.zero
        /// `nil`: it has not been ready.
        var ready: Instant?
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
            case .paused(let until), .cutOff(_, let until): until
            case .starting(_, let isOnline): startDeadline(slot, isOnline: isOnline)
            default: nil
            }
        }.min()
    }

    // MARK: Starting and stopping the pool

    /// Fills all slots, once. `newIncarnation` numbers the processes. A pool that has been stopped before says so again.
    package mutating func start(at now: Instant, newIncarnation: () -> UInt64) -> [Action] {
        if phase == .stopped { return [.stopped] }
        guard phase == .starting, slots.allSatisfy({ $0 == .idle }) else { return [] }
        return slots.isEmpty
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
                slots[slot] = .leaving(incarnation, .asked)
                actions += [.unroute(slot: slot), .stop(incarnation: incarnation, from: .drain)]
            case .cutOff(let incarnation, _):
                slots[slot] = .leaving(incarnation, .asked)
                actions.append(.stop(incarnation: incarnation, from: .terminate))
            case .leaving(let incarnation, _): slots[slot] = .leaving(incarnation, .asked)
            case .idle, .paused, .over: slots[slot] = .over
            }
        }
        return actions + finishStop()
    }

    /// Starts what has paused long enough, kills what has not started in time, and ends what has lost its pipe and lives.
    package mutating func tick(at now: Instant, newIncarnation: () -> UInt64) -> [Action] {
        slots.indices.flatMap { slot -> [Action] in
            switch slots[slot] {
            case .paused(let until) where until <= now:
                return [spawn(slot, at: now, incarnation: newIncarnation())]
            case .starting(let incarnation, let isOnline) where startDeadline(slot, isOnline: isOnline) <= now:
                let id = WorkerID(group: group, slot: slot, incarnation: incarnation)
                let limit = isOnline ? settings.ready : min(settings.hello, settings.ready)
                // A factory that threw and a process that then does not end: the first is the reason.
                histories[slot].error = histories[slot].error ?? .notReady(id, after: limit)
                slots[slot] = .leaving(incarnation, .forced)
                return [.stop(incarnation: incarnation, from: .kill)]
            case .cutOff(let incarnation, let until) where until <= now:
                slots[slot] = .leaving(incarnation, .forced)
                return [.stop(incarnation: incarnation, from: .terminate)]
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
        case .ready: return becameReady(slot, incarnation, at: now)
        case .failed(let error):
            histories[slot].error = error
            return []
        case .disconnected: return disconnected(slot, incarnation, at: now)
        case .violated(let error): return kill(slot, incarnation, .forced, error)
        case .incompatible(let error): return kill(slot, incarnation, .incompatible, error)
        case .exited(let status):
            histories[slot].exits = histories[slot].exits.suffix(4) + [status]
            return ended(slot, status, at: now, chance: chance, newIncarnation: newIncarnation)
        case .spawnFailed(let error):
            histories[slot].error = error
            return ended(slot, nil, at: now, chance: chance, newIncarnation: newIncarnation)
        }
    }

    private mutating func becameReady(_ slot: Int, _ incarnation: UInt64, at now: Instant) -> [Action] {
        guard case .starting = slots[slot] else { return [] }
        slots[slot] = .ready(incarnation)
        histories[slot].ready = now
        return [.route(slot: slot)] + begin()
    }

    /// The pool runs once all slots have been ready at one time.
    private mutating func begin() -> [Action] {
        guard phase == .starting, slots.allSatisfy(\.isReady) else { return [] }
        phase = .running
        return [.started]
    }

    /// A process that has ended by itself, or by somebody else's signal, is not to be taken for one that we ended: its
    /// status gets a moment to arrive before it is told to go.
    private mutating func disconnected(_ slot: Int, _ incarnation: UInt64, at now: Instant) -> [Action] {
        switch slots[slot] {
        case .starting, .ready:
            slots[slot] = .cutOff(incarnation, until: now + Limits.exitStatus)
            return [.unroute(slot: slot)]
        case .leaving: return [.stop(incarnation: incarnation, from: .terminate)]
        case .idle, .cutOff, .paused, .over: return []
        }
    }

    private mutating func kill(
        _ slot: Int, _ incarnation: UInt64, _ departure: Departure, _ error: ClusterError
    ) -> [Action] {
        histories[slot].error = error
        if case .leaving(_, .asked) = slots[slot] {} else { slots[slot] = .leaving(incarnation, departure) }
        return [.unroute(slot: slot), .stop(incarnation: incarnation, from: .kill)]
    }

    func startDeadline(_ slot: Int, isOnline: Bool) -> Instant {
        histories[slot].spawned + (isOnline ? settings.ready : min(settings.hello, settings.ready))
    }
}

extension Supervision.Slot {
    var incarnation: UInt64? {
        switch self {
        case .starting(let incarnation, _), .ready(let incarnation), .cutOff(let incarnation, _),
            .leaving(let incarnation, _):
            incarnation
        case .idle, .paused, .over: nil
        }
    }

    var isReady: Bool {
        if case .ready = self { true } else { false }
    }
}
