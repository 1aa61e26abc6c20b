import ProcessIO

/// What a pool tells those who watch it. On the loop.
extension PoolSupervisor {
    /// Tells once that the pool stops.
    func beginStop() {
        let isFirst = state.with(loop) { state in
            defer { state.isStopping = true }
            return !state.isStopping && !state.isStopped
        }
        if isFirst { events.publish(.stopping) }
    }

    /// Tells what became of a process.
    func publish(_ event: Supervision.Event, of incarnation: UInt64) {
        guard let worker = state.with(loop, { $0.workers[incarnation] }) else { return }
        let id = worker.worker
        switch event {
        case .spawned: worker.pid.map { events.publish(.spawned(pid: $0), of: id) }
        case .online: events.publish(.online, of: id)
        case .ready: events.publish(.ready, of: id)
        case .failed(let error), .incompatible(let error), .spawnFailed(let error):
            events.publish(.failedToInitialize("\(error)"), of: id)
        case .violated(let error), .unhealthy(let error): events.publish(.error("\(error)"), of: id)
        case .disconnected: events.publish(.disconnected(intentional: false), of: id)
        case .exited(let status):
            events.publish(.exited(status, intentional: false, forced: false, lastOutput: []), of: id)
        case .suspect, .recovered, .replace, .stopRequested: break
        }
    }

    /// The slot's worker takes calls, for the first time or again.
    func route(_ slot: Int) {
        let isBack = routes.slots[slot].state == .suspect
        routes.update(slot) { $0.state = .ready }
        if isBack { events.publish(.recovered, of: routes.slots[slot].worker) }
    }

    func suspect(_ slot: Int) {
        routes.update(slot) { $0.state = .suspect }
        events.publish(.suspect, of: routes.slots[slot].worker)
    }

    func gaveUp(_ slot: Int) {
        routes.giveUp(slot)
        events.publish(.gaveUp("its last exits tell why"), of: routes.slots[slot].worker)
    }
}
