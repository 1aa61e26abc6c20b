package import ProcessIO

/// What is asked for one worker: another process in its place, or none.
extension Supervision {
    /// `slot` is to have a process that is newer than `incarnation`. `.replaced` tells when it is ready, and
    /// `.notReplaced` why it will not be: the next process failed (its slot goes on by its policy), or the slot is to
    /// stay empty. One that pauses is started at once, and one that was given up or stopped gets a new life, its past
    /// forgotten.
    package mutating func restart(
        _ slot: Int, after incarnation: UInt64, at now: Instant, newIncarnation: () -> UInt64
    ) -> [Action] {
        guard phase == .running, slot < settings.count else { return [.notReplaced(slot: slot, .stopped)] }
        histories[slot].awaited = max(histories[slot].awaited ?? 0, incarnation)
        let isNewer = histories[slot].life.incarnation > incarnation
        switch slots[slot] {
        case .ready where isNewer, .suspect where isNewer: return fulfilWait(slot)
        case .starting where isNewer: return []
        case .leaving(_, .retired): return endWait(slot, .stopped)
        // Its successor is on its way already.
        case _ where besides[slot]?.role == .incoming: return []
        case .idle, .starting, .ready, .suspect, .cutOff, .leaving: return replace(slot)
        case .paused: return [spawn(slot, at: now, incarnation: newIncarnation())]
        case .over:
            revive(slot)
            return [spawn(slot, at: now, incarnation: newIncarnation())]
        }
    }

    mutating func revive(_ slot: Int) {
        histories[slot].budget = RestartBudget(settings.intensity)
        (histories[slot].failures, histories[slot].isGivenUp) = (0, false)
    }

    /// The slot of this process is to stay empty, if it is the slot's own. One that a reload keeps in reserve leaves.
    package mutating func stopWorker(_ slot: Int, incarnation: UInt64) -> [Action] {
        guard slots.indices.contains(slot) else { return [] }
        if besides[slot]?.life.incarnation == incarnation { return dismiss(slot, .replaced) }
        return histories[slot].life.incarnation == incarnation ? retire(slot) : []
    }

    /// One whose end is decided already is not slowed, and ends as it would have.
    mutating func replace(_ slot: Int) -> [Action] {
        switch slots[slot] {
        case .starting, .ready, .suspect, .cutOff: leave(slot, .replaced)
        case .idle, .leaving, .paused, .over: []
        }
    }

    /// The slot stays empty from its process's end on.
    mutating func retire(_ slot: Int) -> [Action] {
        switch slots[slot] {
        case .over, .leaving(_, .retired), .leaving(_, .asked): return []
        case .starting, .ready, .suspect, .cutOff, .leaving:
            return leave(slot, .retired) + dismiss(slot, .replaced) + [.retired(slot: slot)] + endWait(slot, .stopped)
        case .idle, .paused:
            slots[slot] = .over
            return [.retired(slot: slot)] + endWait(slot, .stopped) + endOfPool()
        }
    }

    // MARK: Those who wait for a replacement

    mutating func fulfilWait(_ slot: Int) -> [Action] {
        guard let old = histories[slot].awaited, histories[slot].life.incarnation > old else { return [] }
        histories[slot].awaited = nil
        return [.replaced(slot: slot)]
    }

    mutating func endWait(_ slot: Int, _ error: ClusterError) -> [Action] {
        guard histories[slot].awaited != nil else { return [] }
        histories[slot].awaited = nil
        return [.notReplaced(slot: slot, error)]
    }

    /// The slot's process has ended. That of an older one is not what they wait for.
    mutating func failWait(_ slot: Int, _ status: ExitStatus?) -> [Action] {
        guard let old = histories[slot].awaited, histories[slot].life.incarnation > old else { return [] }
        return endWait(slot, startError(slot, histories[slot].life, status))
    }
}
