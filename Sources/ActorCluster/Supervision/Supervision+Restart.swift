import ProcessIO

/// What follows the end of a process.
extension Supervision {
    /// A worker that ends with this code is not started again: it would only end the same way.
    package static let permanentExitCode: Int32 = 125
    private static let operatorSignal: Int32 = 15

    mutating func spawn(_ slot: Int, at now: Instant, incarnation: UInt64) -> Action {
        slots[slot] = .starting(incarnation, isOnline: false)
        histories[slot].life = Life(incarnation: incarnation, build: histories[slot].build)
        hasGivenUp = false
        return .spawn(slot: slot, incarnation: incarnation)
    }

    /// `status` is `nil` when there never was a process.
    mutating func ended(
        _ slot: Int, _ status: ExitStatus?, at now: Instant, chance: Double, newIncarnation: () -> UInt64
    ) -> [Action] {
        let old = slots[slot]
        slots[slot] = .idle
        if phase == .running,
            let actions = endedInReload(slot, old.departure, status, at: now, newIncarnation: newIncarnation)
        {
            return actions
        }
        switch (phase, old.departure) {
        case (.stopping, _), (.stopped, _):
            slots[slot] = .over
            return finishStop()
        case (_, .replaced?) where status != .code(Self.permanentExitCode):
            forgetIfSound(slot, at: now)
            return [.unroute(slot: slot), spawn(slot, at: now, incarnation: newIncarnation())]
        case (.starting, _):
            let error = startError(slot, histories[slot].life, status)
            slots[slot] = .over
            return [.unroute(slot: slot), .startFailed(error)] + stop()
        case (.running, .retired?) where !isNew(slot):
            slots[slot] = .over
            return [.unroute(slot: slot)] + trim() + endOfPool()
        case (.running, _) where isNew(slot):
            return [.unroute(slot: slot)] + undoGrowth(startError(slot, histories[slot].life, status))
        case (.running, let departure):
            let failedWait = failWait(slot, status)
            let next = restart(slot, status, departure, at: now, chance: chance, newIncarnation: newIncarnation)
            return [.unroute(slot: slot)] + failedWait + next
        }
    }

    private mutating func restart(
        _ slot: Int, _ status: ExitStatus?, _ departure: Departure?, at now: Instant, chance: Double,
        newIncarnation: () -> UInt64
    ) -> [Action] {
        if status == .code(Self.permanentExitCode) || departure == .incompatible { return giveUp(slot) }
        guard isRestarted(after: status, departure) else { return retire(slot) }
        forgetIfSound(slot, at: now)
        histories[slot].failures += 1
        guard histories[slot].budget.spend(at: now) else { return giveUp(slot) }
        let pause = settings.backoff.pause(afterFailures: histories[slot].failures, chance: chance)
        if pause <= .zero { return [spawn(slot, at: now, incarnation: newIncarnation())] }
        slots[slot] = .paused(until: now + pause)
        return []
    }

    /// One that was never ready has not lived, however long it took.
    mutating func forgetIfSound(_ slot: Int, at now: Instant) {
        guard let ready = histories[slot].life.ready, now - ready >= Backoff.forgottenAfter else { return }
        histories[slot].failures = 0
        histories[slot].budget = RestartBudget(settings.intensity)
    }

    /// A process that was made to leave for its own fault has failed, even if its exit looks like a wish.
    private func isRestarted(after status: ExitStatus?, _ departure: Departure?) -> Bool {
        switch (settings.policy, status) {
        case (.never, _): false
        case _ where departure != nil: departure == .forced
        case (_, .signal(Self.operatorSignal)): false
        case (.onFailure, .code(0)): false
        default: true
        }
    }

    private mutating func giveUp(_ slot: Int) -> [Action] {
        histories[slot].isGivenUp = true
        slots[slot] = .over
        return [.gaveUp(slot: slot)] + endWait(slot, .gaveUp(lastID(slot), story: story(slot))) + endOfPool()
    }

    /// A pool that has come to its end by failure says so, once.
    mutating func endOfPool() -> [Action] {
        guard !hasGivenUp, reload == nil, besides.isEmpty, slots.allSatisfy({ $0 == .over }) else { return [] }
        guard let failed = histories.lastIndex(where: \.isGivenUp) else { return [] }
        hasGivenUp = true
        return [.poolGaveUp(.gaveUp(lastID(failed), story: story(failed)))]
    }

    mutating func finishStop() -> [Action] {
        guard phase == .stopping, besides.isEmpty, slots.allSatisfy({ $0 == .over }) else { return [] }
        phase = .stopped
        return [.stopped]
    }

    func startError(_ slot: Int, _ life: Life, _ status: ExitStatus?) -> ClusterError {
        let id = id(life, slot)
        let isPermanent = status == .code(Self.permanentExitCode)
        switch life.error {
        case .failedToInitialize(_, let why)? where isPermanent: return .incompatibleWorker(id, why)
        case let error?: return error
        case nil where isPermanent:
            return .incompatibleWorker(id, "it left with exit code \(Self.permanentExitCode)" + lastWords(life))
        case nil:
            let end = status.map(\.description) ?? "no process"
            return .failedToInitialize(
                id,
                "the process ended (\(end)) before it was ready; does its main reach Cluster.run?" + lastWords(life))
        }
    }
}
