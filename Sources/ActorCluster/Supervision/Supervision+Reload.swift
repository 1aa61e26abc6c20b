package import ProcessIO

/// Another build in every slot, while calls run.
///
/// In each slot the replacement starts beside the process that is there. When it is ready the slot is handed over to
/// it, and once it has been well for a while the other one leaves; so a slot never lacks a ready process because of
/// the reload. The first replacement that fails turns the reload back.
extension Supervision {
    /// Gives every slot a process of this build; those that were stopped by wish stay empty. Ends with `.reloaded`, or
    /// with `.reloadFailed` when all slots have the build that they had. One at a time, and not during a change of
    /// size: the shell waits.
    package mutating func reload(
        to build: Int, surge: Int, at now: Instant, newIncarnation: () -> UInt64
    ) -> [Action] {
        guard phase == .running, scaling == nil, reload == nil else { return [.reloadFailed(.stopped)] }
        reload = ReloadPlan(
            from: self.build, to: build, slots: slots.count, surge: max(1, surge), settle: settings.settle)
        return advance(at: now, newIncarnation)
    }

    package var isReloading: Bool { reload != nil }

    /// The second process of a slot, if there is one that is not reaped yet.
    package func second(of slot: Int) -> UInt64? { besides[slot]?.life.incarnation }

    /// What a process runs that is not reaped yet.
    package func build(of incarnation: UInt64) -> Int? {
        if let life = besides.values.first(where: { $0.life.incarnation == incarnation })?.life { return life.build }
        return histories.first { $0.life.incarnation == incarnation }?.life.build
    }

    /// Whether it is, or was last, its slot's own process and no second one.
    package func isFirst(_ incarnation: UInt64) -> Bool { histories.contains { $0.life.incarnation == incarnation } }

    // MARK: Slot by slot

    /// Goes on as far as the processes are.
    mutating func advance(at now: Instant, _ newIncarnation: () -> UInt64) -> [Action] {
        guard reload != nil, phase == .running else { return [] }
        var actions: [Action] = []
        for slot in reload?.steps.keys.sorted() ?? [] { actions += advance(slot, at: now, newIncarnation) }
        while let slot = reload?.takeNext() {
            actions += begin(slot, at: now, newIncarnation)
            // It may have been nothing to do, and what is over makes room.
            actions += advance(slot, at: now, newIncarnation)
        }
        return actions + finishReload()
    }

    private mutating func advance(_ slot: Int, at now: Instant, _ newIncarnation: () -> UInt64) -> [Action] {
        switch reload?.steps[slot] {
        case .starting? where isForgone(slot), .settling? where isForgone(slot):
            reload?.empties(slot)
            return dismiss(slot, .replaced) + advance(slot, at: now, newIncarnation)
        case .starting? where besides[slot]?.role != .incoming && slots[slot].isReady && hasTarget(slot):
            reload?.settles(slot, at: now)
        case .settling? where !slots[slot].isReady:
            // It is being replaced by wish; its successor has to show that it is well.
            reload?.restarts(slot)
        case .settling(let until)? where until <= now:
            reload?.empties(slot)
            return dismiss(slot, .replaced) + advance(slot, at: now, newIncarnation)
        case .pausing(let until)? where until <= now:
            reload?.restarts(slot)
            return begin(slot, at: now, newIncarnation) + advance(slot, at: now, newIncarnation)
        case .emptying? where besides[slot] == nil: reload?.ends(slot)
        case .starting, .settling, .pausing, .emptying, nil: break
        }
        return []
    }

    /// Nobody wants a process in it.
    private func isForgone(_ slot: Int) -> Bool {
        switch slots[slot] {
        case .over, .leaving(_, .retired), .leaving(_, .asked): true
        case .idle, .starting, .ready, .suspect, .cutOff, .leaving, .paused: false
        }
    }

    private func hasTarget(_ slot: Int) -> Bool { histories[slot].life.build == reload?.target }

    /// The slot's turn. One without a process gets it at once; one that has given up gets a new life.
    private mutating func begin(_ slot: Int, at now: Instant, _ newIncarnation: () -> UInt64) -> [Action] {
        guard let reload else { return [] }
        let isBack = reload.failure != nil
        histories[slot].build = reload.target
        switch slots[slot] {
        case .leaving(_, .retired), .leaving(_, .asked): break
        case .idle, .starting, .ready, .suspect, .cutOff, .leaving:
            if isBack, hasTarget(slot) { break }
            return [spawnBeside(slot, incarnation: newIncarnation())]
        case .paused where !isBack: return [spawn(slot, at: now, incarnation: newIncarnation())]
        case .over where !isBack && histories[slot].isGivenUp:
            revive(slot)
            return [spawn(slot, at: now, incarnation: newIncarnation())]
        case .paused, .over: break
        }
        self.reload?.empties(slot)
        return []
    }

    private mutating func finishReload() -> [Action] {
        guard let reload, reload.isOver else { return [] }
        self.reload = nil
        if reload.failure == nil { build = reload.new }
        for slot in histories.indices { histories[slot].build = build }
        return [reload.error.map { .reloadFailed($0) } ?? .reloaded] + endOfPool()
    }

    /// The pool stops, so nothing goes forth or back.
    mutating func endReload() -> [Action] {
        guard reload != nil else { return [] }
        reload = nil
        for slot in histories.indices { histories[slot].build = build }
        return [.reloadFailed(.stopped)]
    }

    // MARK: Replacements that fail

    /// The slot's process has to show that it is well, and this says that it is not. The slot goes back to the one
    /// before if that is there, and otherwise to the build before when this process has ended.
    mutating func failsToSettle(_ event: Event, _ slot: Int, at now: Instant) -> [Action] {
        guard let sign = event.signOfFailure, isOnTrial(slot) else { return [] }
        let worker = lastID(slot)
        let hasReserve = besides[slot]?.isReserve == true
        var actions: [Action] = []
        if hasReserve { actions += giveBack(slot, role: .failed) }
        reload?.empties(slot)
        // On the way back it is an ordinary process of the pool.
        guard reload?.failure == nil else { return actions }
        actions += turnBack(worker, sign.isEmpty ? nil : sign)
        if !hasReserve, !sign.isEmpty { actions += leave(slot, .replaced) }
        return actions
    }

    private func isOnTrial(_ slot: Int) -> Bool { reload?.isSettling(slot) == true && slots[slot].departure == nil }

    /// Whether this costs the process its slot, which goes back to the one in reserve.
    package func givesBack(_ incarnation: UInt64, on event: Event) -> Bool {
        guard reload != nil, event.signOfFailure != nil,
            let slot = slots.firstIndex(where: { $0.incarnation == incarnation })
        else { return false }
        return isOnTrial(slot) && besides[slot]?.isReserve == true
    }

    /// Whose failure has turned the reload back.
    private func isBlamed(_ life: Life) -> Bool { reload?.failure?.worker.incarnation == life.incarnation }

    /// If it is the one to blame, its end is the reason that is told.
    mutating func noteLastWords(of life: Life, _ slot: Int, _ status: ExitStatus?, at now: Instant) {
        let reason = endOfReplacement(slot, life, status, at: now)
        if isBlamed(life) { reload?.failure?.reason = reason }
    }

    /// A process that was to fill the slot has ended, and is not in it (any more).
    mutating func replacementEnded(
        _ slot: Int, _ life: Life, _ status: ExitStatus?, at now: Instant
    ) -> [Action] {
        let failedWait = endWait(slot, startError(slot, life, status))
        if reload?.failure == nil { return turnBack(slot, life, status, at: now) + failedWait }
        let reason = endOfReplacement(slot, life, status, at: now)
        if !isBlamed(life) { reload?.attemptFailed(slot, reason, at: now) }
        return failedWait
    }

    /// The slot's own process has ended during a reload. `nil`: what follows is as always.
    mutating func endedInReload(
        _ slot: Int, _ departure: Departure?, _ status: ExitStatus?, at now: Instant, newIncarnation: () -> UInt64
    ) -> [Action]? {
        guard let reload else { return nil }
        let life = histories[slot].life
        let isBlamed = isBlamed(life)
        let isOnTrial = reload.steps[slot] == .starting && hasTarget(slot) && departure != .replaced
        noteLastWords(of: life, slot, status, at: now)
        if departure == .retired || departure == .asked { return nil }
        if besides[slot]?.role == .incoming { return promote(slot, at: now) }
        // On the way back it is an ordinary process of the pool.
        if isOnTrial, reload.failure != nil { self.reload?.empties(slot) }
        guard isBlamed || isOnTrial && reload.failure == nil else { return nil }
        var actions = [Action.unroute(slot: slot)] + failWait(slot, status)
        if !isBlamed { actions += turnBack(slot, life, status, at: now) }
        guard besides[slot]?.isReserve == true else {
            return actions + [spawn(slot, at: now, incarnation: newIncarnation())]
        }
        actions += giveBack(slot, role: .outgoing)
        besides[slot] = nil
        return actions
    }

    /// The same, because of a process that has ended.
    private mutating func turnBack(
        _ slot: Int, _ life: Life, _ status: ExitStatus?, at now: Instant
    ) -> [Action] {
        let reason = endOfReplacement(slot, life, status, at: now)
        let actions = turnBack(id(life, slot), nil)
        reload?.failure?.reason = reason
        return actions
    }

    /// Every slot is to have the build before; what has not come far is undone at once.
    private mutating func turnBack(_ worker: WorkerID, _ sign: String?) -> [Action] {
        guard let steps = reload?.steps else { return [] }
        reload?.turnBack(worker, sign)
        for slot in histories.indices { histories[slot].build = build }
        var actions: [Action] = []
        for slot in steps.keys.sorted() where slot != worker.slot {
            reload?.empties(slot)
            if besides[slot]?.isReserve == true, besides[slot]?.state.isReady == true || !slots[slot].isReady {
                actions += giveBack(slot, role: .outgoing)
                actions += leaveBeside(slot, .replaced)
            } else {
                // A reserve that does not answer gets no slot from one that does: that goes back in its turn.
                actions += dismiss(slot, .replaced)
            }
        }
        reload?.empties(worker.slot)
        return actions
    }
}
