import ProcessIO

/// What a pool tells those who watch it. On the loop.
extension PoolSupervisor {
    /// Tells once that the pool stops.
    func beginStop() {
        let isFirst = state.with(loop) { state in
            defer { state.isStopping = true }
            return !state.isStopping && !state.isStopped
        }
        endTurnover()
        if isFirst { events.publish(.stopping) }
    }

    func publish(_ kinds: [ClusterEvent.Kind], of incarnation: UInt64) {
        guard let worker = state.with(loop, { $0.workers[incarnation] })?.worker else { return }
        for kind in kinds { events.publish(kind, of: worker) }
    }

    /// The slot's worker takes calls, for the first time or again.
    func route(_ slot: Int) {
        var isBack = false
        routes.update(slot) { slot in
            isBack = slot.state == .suspect
            slot.state = .ready
        }
        events.publish(isBack ? .recovered : .ready, of: routes.slots[slot].worker)
    }

    func suspect(_ slot: Int) {
        routes.update(slot) { $0.state = .suspect }
        events.publish(.suspect, of: routes.slots[slot].worker)
    }

    func retired(_ slot: Int, hasFailed: Bool = false) {
        routes.giveUp(slot, hasFailed: hasFailed)
        slotIsOver(slot)
    }

    func gaveUp(_ slot: Int) {
        retired(slot, hasFailed: true)
        let story = state.with(loop) { $0.supervision.story(slot) }
        events.publish(.gaveUp(story), of: routes.slots[slot].worker)
    }

    /// No slot is left, and no strategy will fill one: nobody waits any more.
    func letGo() {
        state.with(loop) { $0.isLetGo = true }
        routes.release()
        system.connections?.close(pool: number)
        // Those who wait for its restart to be changed.
        changeNext()
    }

    /// No slot is left.
    func publishEnd(_ error: ClusterError) {
        if case .gaveUp(_, let story) = error { events.publish(.gaveUp("no slot is left; \(story)")) }
    }

    /// Its process has ended. If there is to be another one, the end tells when.
    func publishRestart(after worker: WorkerID) {
        let pause = state.with(loop) { $0.supervision.pause(worker.slot, at: MonotonicClock.now) }
        if let pause { events.publish(.restarting(after: pause), of: worker) }
    }

    /// It is made to leave for another to take its place.
    func tellIfReplaced(_ incarnation: UInt64) {
        let worker = state.with(loop) { state in
            state.supervision.isBeingReplaced(incarnation) ? state.workers[incarnation] : nil
        }
        worker?.isReplaced()
    }

    /// It is made to leave; one that has not got ready in its time is told of as a failed start.
    func publishLateness(of incarnation: UInt64) {
        guard let worker = state.with(loop, { $0.workers[incarnation] })?.worker,
            let error = state.with(loop, { $0.supervision.error(of: incarnation) })
        else { return }
        switch error {
        case .noHello(worker, let limit):
            events.publish(.failedToInitialize("it said no hello within \(limit) and is killed"), of: worker)
        case .notReady(worker, let limit):
            events.publish(.failedToInitialize("it was not ready within \(limit) and is killed"), of: worker)
        default: break
        }
    }
}

extension Supervision.Event {
    /// What a process is by it, as far as that does not depend on what is decided.
    var shownState: WorkerState? {
        switch self {
        case .spawned, .ready, .failed, .suspect, .recovered, .unhealthy, .failing, .replace, .stopRequested: nil
        case .online: .initializing
        case .disconnected, .violated, .incompatible, .reaped, .exited, .spawnFailed, .withdrawn: .exited
        }
    }
}
