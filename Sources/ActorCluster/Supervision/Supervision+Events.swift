package import ProcessIO

extension Supervision {
    /// What a process did, what became of it, or what is wanted of it.
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
        /// Its process has ended, with these last words. `exited` follows when the program has had its output.
        case reaped(lastOutput: [String])
        case exited(ExitStatus)
        /// There never was a process.
        case spawnFailed(ClusterError)
        /// It was told to leave before its turn to be spawned had come, so there never was a process, and none failed.
        case withdrawn
        /// It has been silent for a while: no new calls go to it.
        case suspect
        /// It has spoken again.
        case recovered
        /// It is not well and will not get better. It is killed, which counts as a failure.
        case unhealthy(ClusterError)
        /// It says itself that it is not well. It drains, which counts as a failure.
        case failing(ClusterError)
        /// It is to drain, and another one to take its place at once. That is no failure and takes nothing of the
        /// budget.
        case replace
        /// It is to drain, and its slot to stay empty.
        case stopRequested

        /// Nothing comes after it.
        var isEnd: Bool {
            switch self {
            case .exited, .spawnFailed, .withdrawn: true
            default: false
            }
        }
    }

    package enum Action: Equatable, Sendable {
        case spawn(slot: Int, incarnation: UInt64)
        /// The slot gets a second process; its first one keeps what belongs to the slot.
        case spawnBeside(slot: Int, incarnation: UInt64)
        /// From now on what belongs to the slot is this process's: its calls, and whatever else comes for a slot. It
        /// is ready, unless it takes the place of one that has ended. The one that had it before, if there is one, is
        /// the slot's second process.
        case handOver(slot: Int, to: UInt64)
        /// The process is to leave, beginning with this stage of `ShutdownPlan`.
        case stop(incarnation: UInt64, from: ShutdownPlan.Stage)
        case route(slot: Int)
        case unroute(slot: Int)
        /// It gets no new calls for a while.
        case suspect(slot: Int)
        /// All slots are ready for the first time.
        case started
        case startFailed(ClusterError)
        /// The slot will not be filled again, because of its failures.
        case gaveUp(slot: Int)
        /// The slot will not be filled again, by wish or by policy.
        case retired(slot: Int)
        /// No slot is left.
        case poolGaveUp(ClusterError)
        /// A slot that was to get a new process has it ready, or will not have it.
        case replaced(slot: Int)
        case notReplaced(slot: Int, ClusterError)
        /// The last slot does not exist any more.
        case removed(slot: Int)
        /// The pool has the size that was asked for, or its old one because of this error.
        case scaled
        case scaleFailed(ClusterError)
        /// Each slot has the build that was asked for, or the one that it had before because of this error.
        case reloaded
        case reloadFailed(ClusterError)
        /// After `stop`: no process is left.
        case stopped
    }

    /// `chance`, in 0..<1, spreads restarts.
    package mutating func handle(
        _ event: Event, of incarnation: UInt64, at now: Instant, chance: Double, newIncarnation: () -> UInt64
    ) -> [Action] {
        var actions: [Action] = []
        if let slot = slots.firstIndex(where: { $0.incarnation == incarnation }) {
            actions += failsToSettle(event, slot, at: now)
        }
        if let slot = slots.firstIndex(where: { $0.incarnation == incarnation }) {
            actions += handle(event, slot, incarnation, at: now, chance: chance, newIncarnation: newIncarnation)
        } else if let slot = besides.first(where: { $0.value.life.incarnation == incarnation })?.key {
            actions += handleBeside(event, slot, at: now)
        }
        return actions + advance(at: now, newIncarnation)
    }

    /// Of the slot's own process.
    private mutating func handle(
        _ event: Event, _ slot: Int, _ incarnation: UInt64, at now: Instant, chance: Double,
        newIncarnation: () -> UInt64
    ) -> [Action] {
        switch event {
        case .spawned:
            // Many starts may have waited for this one's turn; its own time begins with its process.
            histories[slot].life.spawned = now
            return []
        case .online:
            if case .starting = slots[slot] { slots[slot] = .starting(incarnation, isOnline: true) }
            return []
        case .ready: return becameReady(slot, incarnation, at: now)
        case .failed(let error):
            histories[slot].life.error = error
            return []
        case .disconnected: return disconnected(slot, incarnation, at: now)
        case .violated(let error), .unhealthy(let error): return kill(slot, incarnation, .forced, error)
        case .incompatible(let error): return kill(slot, incarnation, .incompatible, error)
        case .reaped(let lines):
            histories[slot].life.lastOutput = lines
            return reaped(slot, incarnation)
        case .exited(let status):
            remember(status, of: histories[slot].life, slot, at: now)
            return ended(slot, status, at: now, chance: chance, newIncarnation: newIncarnation)
        case .spawnFailed(let error):
            histories[slot].life.error = error
            remember(nil, of: histories[slot].life, slot, at: now)
            return ended(slot, nil, at: now, chance: chance, newIncarnation: newIncarnation)
        case .withdrawn: return ended(slot, nil, at: now, chance: chance, newIncarnation: newIncarnation)
        case .failing(let error): return isFailing(slot, error)
        case .suspect: return suspected(slot)
        case .recovered: return recovered(slot)
        case .replace: return replace(slot)
        case .stopRequested:
            // One that is made to leave may say of itself that it does.
            return slots[slot].departure == nil ? retire(slot) : []
        }
    }

    private mutating func becameReady(_ slot: Int, _ incarnation: UInt64, at now: Instant) -> [Action] {
        guard case .starting = slots[slot] else { return [] }
        slots[slot] = .ready(incarnation)
        histories[slot].life.ready = now
        return [.route(slot: slot)] + fulfilWait(slot) + begin()
    }

    /// The pool runs once all slots have been ready at one time, and so does what it grows by.
    mutating func begin() -> [Action] {
        if case .growing(let old) = scaling, slots[old...].allSatisfy(\.isReady) {
            scaling = nil
            return [.scaled]
        }
        guard phase == .starting, slots.allSatisfy(\.isReady) else { return [] }
        phase = .running
        return [.started]
    }

    private mutating func suspected(_ slot: Int) -> [Action] {
        guard case .ready(let incarnation) = slots[slot] else { return [] }
        slots[slot] = .suspect(incarnation)
        return [.suspect(slot: slot)]
    }

    private mutating func recovered(_ slot: Int) -> [Action] {
        guard case .suspect(let incarnation) = slots[slot] else { return [] }
        slots[slot] = .ready(incarnation)
        return [.route(slot: slot)] + begin()
    }

    private mutating func isFailing(_ slot: Int, _ error: ClusterError) -> [Action] {
        switch slots[slot] {
        case .starting, .ready, .suspect:
            histories[slot].life.error = error
            return leave(slot, .forced)
        case .idle, .cutOff, .leaving, .paused, .over: return []
        }
    }

    /// A process that has ended by itself, or by somebody else's signal, is not to be taken for one that we ended: its
    /// status gets a moment to arrive before it is told to go.
    private mutating func disconnected(_ slot: Int, _ incarnation: UInt64, at now: Instant) -> [Action] {
        switch slots[slot] {
        case .starting, .ready, .suspect:
            slots[slot] = .cutOff(incarnation, until: now + Limits.exitStatus)
            return [.unroute(slot: slot)]
        case .leaving: return [.stop(incarnation: incarnation, from: .terminate)]
        case .idle, .cutOff, .paused, .over: return []
        }
    }

    /// There is no process any more that could be waited for or made to go.
    private mutating func reaped(_ slot: Int, _ incarnation: UInt64) -> [Action] {
        switch slots[slot] {
        case .starting, .ready, .suspect, .cutOff:
            slots[slot] = .cutOff(incarnation, until: .distantFuture)
            return [.unroute(slot: slot)]
        case .idle, .leaving, .paused, .over: return []
        }
    }

    /// One that leaves by wish leaves faster, and its slot has the future that was wished for it.
    private mutating func kill(
        _ slot: Int, _ incarnation: UInt64, _ departure: Departure, _ error: ClusterError
    ) -> [Action] {
        histories[slot].life.error = error
        switch slots[slot].departure {
        case .asked?, .retired?: break
        case .replaced? where departure == .forced: break
        default: slots[slot] = .leaving(incarnation, departure)
        }
        return [.unroute(slot: slot), .stop(incarnation: incarnation, from: .kill)]
    }
}
