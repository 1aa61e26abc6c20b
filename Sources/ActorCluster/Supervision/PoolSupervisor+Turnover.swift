import ProcessIO

/// Replaces workers for their memory, age and number of calls, as `Turnover` decides. On the loop.
extension PoolSupervisor {
    struct TurnoverState {
        var rules: Turnover
        /// When the workers are looked at next; `nil`: for that there is no reason.
        var nextLook: Instant?
        var timer = LoopTimer()

        init(_ options: PoolOptions) {
            let timeouts = options.timeouts
            rules = Turnover(options.limits, turn: timeouts.drain + timeouts.terminate + timeouts.ready)
        }
    }

    /// From the time that all slots are ready until the pool stops.
    func beginTurnover() {
        let now = MonotonicClock.now
        state.with(loop) { state in
            guard !state.turnover.rules.isOff else { return }
            state.turnover.nextLook = options.limits.needsLook ? now + lookInterval : nil
        }
        armTurnover()
    }

    func endTurnover() {
        state.with(loop) { state in
            state.turnover.nextLook = nil
            state.turnover.timer.stop(on: loop)
        }
    }

    func follow(_ event: Supervision.Event, of worker: WorkerID) {
        let now = MonotonicClock.now
        state.with(loop) { state in
            switch event {
            case .ready:
                guard state.supervision.isReady(worker.incarnation) else { break }
                state.turnover.rules.ready(
                    worker.incarnation, slot: worker.slot, at: now, chance: .random(in: 0..<1))
            case .disconnected, .violated, .incompatible, .reaped, .exited, .spawnFailed, .withdrawn, .unhealthy,
                .failing, .replace, .stopRequested:
                state.turnover.rules.left(worker.incarnation, slot: worker.slot)
            case .spawned, .online, .failed, .suspect, .recovered: break
            }
        }
        armTurnover()
    }

    func hasSlotBack(_ worker: WorkerID) {
        state.with(loop) { $0.turnover.rules.returned(worker.incarnation, slot: worker.slot) }
        armTurnover()
    }

    func slotIsOver(_ slot: Int) {
        state.with(loop) { $0.turnover.rules.isOver(slot) }
        system.connections?.slotIsOver(slot, pool: number)
        armTurnover()
    }

    private var lookInterval: Duration {
        options.limits.calls == nil ? options.health.memoryEvery : min(options.health.every, options.health.memoryEvery)
    }

    /// What is due is done by the timer, not inside a decision of the supervisor's.
    func armTurnover() {
        state.with(loop) { state in
            // A reload replaces everybody anyway, and without a slot that is empty meanwhile.
            let supervision = state.supervision
            let isActive = supervision.phase == .running && !state.isStopping && !supervision.isReloading
            let next = [state.turnover.rules.nextDeadline, state.turnover.nextLook].compactMap { $0 }.min()
            state.turnover.timer.set(to: isActive ? next : nil, on: loop) { [weak self] in self?.advanceTurnover() }
        }
    }

    private func advanceTurnover() {
        let now = MonotonicClock.now
        look(at: now)
        for action in state.with(loop, { $0.turnover.rules.tick(at: now) }) { perform(action) }
        armTurnover()
    }

    /// Memory costs a system call for each worker; the number of calls came with the last pong.
    private func look(at now: Instant) {
        let workers = state.with(loop) { state -> [WorkerIncarnation] in
            guard let next = state.turnover.nextLook, next <= now else { return [] }
            state.turnover.nextLook = now + lookInterval
            return state.turnover.rules.incarnations.values.compactMap { state.workers[$0] }
        }
        for worker in workers {
            let id = worker.worker
            let bytes = options.limits.memory == nil ? nil : worker.pid.flatMap { residentMemory(of: $0) }
            let calls = worker.callsServed
            let actions = state.with(loop) { state in
                state.turnover.rules.served(calls, incarnation: id.incarnation, slot: id.slot)
                return bytes.map {
                    state.turnover.rules.measured(id.incarnation, slot: id.slot, bytes: $0)
                } ?? []
            }
            for action in actions { perform(action) }
        }
    }

    private func perform(_ action: Turnover.Action) {
        switch action {
        case .overMemory(let incarnation, let bytes, let limit):
            guard let worker = state.with(loop, { $0.workers[incarnation] })?.worker else { return }
            events.publish(.overMemory(bytes: bytes, limit: limit), of: worker)
        case .replace(let incarnation, _): handle(.replace, of: incarnation)
        }
    }
}
