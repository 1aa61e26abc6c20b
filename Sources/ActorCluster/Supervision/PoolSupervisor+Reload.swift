import ProcessIO
import Synchronization

/// Another build in every slot: `Supervision` decides, slot by slot.
extension PoolSupervisor {
    typealias Completion = @Sendable (Result<Void, ClusterError>) -> Void

    struct Reloads {
        var queue = ReloadQueue()
        var waiters: [UInt64: Completion] = [:]
        /// By number. There are two while a reload is under way, otherwise one.
        var builds = [0: WorkerBuild()]
        var lastBuild = 0
    }

    // MARK: Any thread

    /// Waits until each slot has a process of the new build that is well, and the others are gone. One that is under
    /// way is waited for; more callers meanwhile share the next one.
    func reload(_ order: ReloadQueue.Order) async throws {
        try await request { number, waiter in
            self.askToReload(number, order) { waiter.resume(returning: $0) }
        } cancel: { number in
            let waiter = self.state.with(self.loop) { state in
                state.reloads.queue.cancel(number)
                return state.reloads.waiters.removeValue(forKey: number)
            }
            waiter?(.failure(.stopped))
        }
    }

    // MARK: On the loop

    /// The same, with what is to be done then.
    func reload(_ order: ReloadQueue.Order, then done: @escaping Completion) {
        askToReload(lastRequest.wrappingAdd(1, ordering: .relaxed).newValue, order, done)
    }

    private func askToReload(_ number: UInt64, _ order: ReloadQueue.Order, _ done: @escaping Completion) {
        state.with(loop) { state in
            state.reloads.queue.ask(number, order)
            state.reloads.waiters[number] = done
        }
        changeNext()
    }

    /// Begins the reload that waits, unless something else changes the pool.
    func reloadNext() {
        let next = state.with(loop) { state -> (build: Int, surge: Int)? in
            guard !state.isChanging, let order = state.reloads.queue.begin() else { return nil }
            state.reloads.lastBuild += 1
            let before = state.reloads.builds[state.supervision.build] ?? WorkerBuild()
            state.reloads.builds[state.reloads.lastBuild] = before.anew(order.executable)
            return (state.reloads.lastBuild, order.surge)
        }
        guard let next else { return }
        decide { $0.supervision.reload(to: next.build, surge: next.surge, at: $1, newIncarnation: self.newIncarnation) }
        armTurnover()
    }

    func finishReload(_ result: Result<Void, ClusterError>) {
        let waiters = state.with(loop) { state in
            let build = state.supervision.build
            state.requests.lastWasScaling = false
            state.reloads.builds = state.reloads.builds.filter { $0.key == build }
            return state.reloads.queue.end().compactMap { state.reloads.waiters.removeValue(forKey: $0) }
        }
        if case .failure(let error) = result {
            events.publish(.reloadFailed("\(error)"))
        } else {
            events.publish(.reloaded)
        }
        armTurnover()
        for waiter in waiters { waiter(result) }
        // Not inside the decision that ended this one.
        loop.execute { self.changeNext() }
    }

    /// From now on what belongs to the slot goes to this process: its calls, and whatever else workers are given. It is
    /// ready, or takes the place of one that has ended; the one before is asked to drain later, if at all.
    func handOver(_ slot: Int, to incarnation: UInt64) {
        let (worker, isReady) = state.with(loop) { state in
            (state.workers[incarnation], state.supervision.isReady(incarnation))
        }
        guard let worker else { return }
        let before = routes.slots[slot].worker
        let isNew = before.incarnation < incarnation
        var new = PoolSlot(worker: worker.worker, state: routes.stateBeside(worker.worker) ?? .spawned)
        (new.pid, new.peer, new.tags) = (worker.pid, worker.peer, worker.tags)
        if isReady { new.state = .ready } else if !isNew { new.state = .suspect }
        if new.state == .exited { new.peer = nil }
        routes.handOver(slot, to: new)
        // Nor is it handed connections while another one has its slot.
        system.connections?.isSuspect(before)
        if !isNew {
            if isReady { system.connections?.recovered(worker.worker) }
            return hasSlotBack(worker.worker)
        }
        if isReady { events.publish(.ready, of: worker.worker) }
    }
}

extension PoolSupervisor.State {
    /// The pool is being started, or something is under way that changes it slot by slot.
    var isChanging: Bool {
        requests.isScaling || reloads.queue.isBusy || restart != nil && !isLetGo || supervision.phase == .starting
    }
}

/// Which program the workers of a pool run: the files are opened once, so all of them run the same.
struct WorkerBuild: Sendable {
    /// In place of the one that the pool's options name.
    var executable: String?
    var programs = HeldPrograms()

    /// The next one, from what is on the disk by then.
    func anew(_ executable: String?) -> WorkerBuild {
        WorkerBuild(executable: executable ?? self.executable, programs: HeldPrograms(own: ownExecutablePath))
    }

    func adapted(_ process: WorkerProcess) -> WorkerProcess {
        var process = process
        process.executable = executable ?? process.executable
        return process
    }
}
