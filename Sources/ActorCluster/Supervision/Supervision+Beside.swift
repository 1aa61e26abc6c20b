import ProcessIO

/// A slot has a second process while a reload replaces its first one: the one to come, and then the one that was
/// there before. No call by slot or pool goes to it.
extension Supervision {
    struct Beside: Equatable, Sendable {
        enum Role: Equatable, Sendable {
            /// It takes the slot over when it is ready.
            case incoming
            /// It had the slot, and gets it back if its successor fails.
            case standby
            /// It has had the slot and failed; its last words are the reason.
            case failed
            /// It leaves, and nothing depends on it.
            case outgoing
        }

        var state: Slot
        var life: Life
        var role: Role

        /// Whether the slot can be given back to it.
        var isReserve: Bool {
            guard role == .standby else { return false }
            return switch state {
            case .ready, .suspect: true
            default: false
            }
        }
    }

    mutating func spawnBeside(_ slot: Int, incarnation: UInt64) -> Action {
        let life = Life(incarnation: incarnation, build: histories[slot].build)
        besides[slot] = Beside(state: .starting(incarnation, isOnline: false), life: life, role: .incoming)
        return .spawnBeside(slot: slot, incarnation: incarnation)
    }

    /// What the slot's second process did, what became of it, or what is wanted of it.
    mutating func handleBeside(_ event: Event, _ slot: Int, at now: Instant) -> [Action] {
        guard let beside = besides[slot] else { return [] }
        switch (event, beside.state) {
        case (.spawned, _): besides[slot]?.life.spawned = now
        case (.online, .starting(let incarnation, _)): besides[slot]?.state = .starting(incarnation, isOnline: true)
        case (.ready, .starting) where beside.role == .incoming: return takeOver(slot, at: now)
        case (.failed(let error), _): besides[slot]?.life.error = error
        case (.disconnected, _), (.reaped, _): return besideIsCutOff(slot, event, at: now)
        case (.violated(let error), _), (.unhealthy(let error), _): return killBeside(slot, .forced, error)
        case (.incompatible(let error), _): return killBeside(slot, .incompatible, error)
        case (.exited(let status), _): return besideEnded(slot, status, at: now)
        case (.spawnFailed(let error), _):
            besides[slot]?.life.error = error
            return besideEnded(slot, nil, at: now)
        case (.withdrawn, _): return besideEnded(slot, nil, isRemembered: false, at: now)
        case (.failing(let error), _):
            besides[slot]?.life.error = error
            return leaveBeside(slot, .forced)
        case (.suspect, .ready) where beside.role == .failed: return leaveBeside(slot, .forced)
        case (.suspect, .ready(let incarnation)): besides[slot]?.state = .suspect(incarnation)
        case (.recovered, .suspect(let incarnation)): besides[slot]?.state = .ready(incarnation)
        case (.stopRequested, _): return leaveBeside(slot, beside.role == .incoming ? .forced : .replaced)
        case (.online, _), (.ready, _), (.suspect, _), (.recovered, _), (.replace, _): break
        }
        return []
    }

    private mutating func besideIsCutOff(_ slot: Int, _ event: Event, at now: Instant) -> [Action] {
        guard let beside = besides[slot] else { return [] }
        let incarnation = beside.life.incarnation
        var until = now + Limits.exitStatus
        if case .reaped(let lines) = event {
            besides[slot]?.life.lastOutput = lines
            until = .distantFuture
        }
        switch beside.state {
        case .starting, .ready, .suspect: besides[slot]?.state = .cutOff(incarnation, until: until)
        case .cutOff where until == .distantFuture: besides[slot]?.state = .cutOff(incarnation, until: until)
        case .leaving where event == .disconnected: return [.stop(incarnation: incarnation, from: .terminate)]
        case .leaving, .idle, .cutOff, .paused, .over: break
        }
        return []
    }

    private mutating func killBeside(_ slot: Int, _ departure: Departure, _ error: ClusterError) -> [Action] {
        guard let beside = besides[slot] else { return [] }
        besides[slot]?.life.error = error
        if beside.state.departure == nil { besides[slot]?.state = .leaving(beside.life.incarnation, departure) }
        return [.stop(incarnation: beside.life.incarnation, from: .kill)]
    }

    mutating func leaveBeside(_ slot: Int, _ departure: Departure) -> [Action] {
        guard let beside = besides[slot] else { return [] }
        let incarnation = beside.life.incarnation
        switch beside.state {
        case .starting, .ready, .suspect:
            besides[slot]?.state = .leaving(incarnation, departure)
            return [.stop(incarnation: incarnation, from: .drain)]
        case .cutOff:
            besides[slot]?.state = .leaving(incarnation, departure)
            return [.stop(incarnation: incarnation, from: .terminate)]
        case .leaving, .idle, .paused, .over: return []
        }
    }

    /// Nothing depends on it any more, so it leaves.
    mutating func dismiss(_ slot: Int, _ departure: Departure) -> [Action] {
        besides[slot]?.role = .outgoing
        return leaveBeside(slot, departure)
    }

    private mutating func besideEnded(
        _ slot: Int, _ status: ExitStatus?, isRemembered: Bool = true, at now: Instant
    ) -> [Action] {
        guard let beside = besides.removeValue(forKey: slot) else { return [] }
        if isRemembered { remember(status, of: beside.life, slot, at: now) }
        if phase == .stopping { return finishStop() }
        noteLastWords(of: beside.life, slot, status, at: now)
        switch beside.role {
        case .incoming, .failed: return replacementEnded(slot, beside.life, status, at: now)
        case .standby, .outgoing: return endOfPool()
        }
    }

    // MARK: Whose the slot is

    /// The incoming process is ready: from now on the slot is its own. The one before is kept in reserve.
    private mutating func takeOver(_ slot: Int, at now: Instant) -> [Action] {
        besides[slot]?.life.ready = now
        forgetIfSound(slot, at: now)
        let incarnation = exchange(slot)
        slots[slot] = .ready(incarnation)
        besides[slot]?.role = .standby
        reload?.settles(slot, at: now)
        var actions = [Action.handOver(slot: slot, to: incarnation)]
        // One that is not ready itself is no reserve.
        if besides[slot]?.isReserve != true { actions += dismiss(slot, .replaced) }
        return actions + fulfilWait(slot)
    }

    /// The slot's process has failed soon after it got the slot, or is not wanted any more, and the one before is
    /// there.
    mutating func giveBack(_ slot: Int, role: Beside.Role) -> [Action] {
        let incarnation = exchange(slot)
        besides[slot]?.role = role
        return [.handOver(slot: slot, to: incarnation)]
    }

    /// The slot's process has ended before its successor was ready, which therefore becomes the slot's own.
    mutating func promote(_ slot: Int, at now: Instant) -> [Action] {
        forgetIfSound(slot, at: now)
        let incarnation = exchange(slot)
        besides[slot] = nil
        return [.unroute(slot: slot), .handOver(slot: slot, to: incarnation)]
    }

    /// Returns the one that has the slot now.
    private mutating func exchange(_ slot: Int) -> UInt64 {
        guard let beside = besides[slot] else { return histories[slot].life.incarnation }
        besides[slot]?.state = slots[slot]
        besides[slot]?.life = histories[slot].life
        slots[slot] = beside.state
        histories[slot].life = beside.life
        return beside.life.incarnation
    }
}
