import ProcessIO
import Synchronization

/// What the pool's user asks for while it runs: another process in a slot, none in a slot, another number of slots.
extension PoolSupervisor {
    typealias ResultWaiter = Suspension<Result<Void, ClusterError>>

    struct Requests {
        var replacements: [(number: UInt64, slot: Int, waiter: ResultWaiter)] = []
        /// Those who wait for the end of a process.
        var ends: [UInt64: [Suspension<Void>]] = [:]
        /// In order; the first may be under way.
        var scalings: [(number: UInt64, count: Int, waiter: ResultWaiter)] = []
        var isScaling = false
        /// So it is a reload's turn.
        var lastWasScaling = false
    }

    // MARK: Any thread

    /// Waits until the worker's slot has a newer process that is ready.
    func restart(_ worker: WorkerID) async throws {
        try await request { number, waiter in
            self.state.with(self.loop) { $0.requests.replacements.append((number, worker.slot, waiter)) }
            self.decide {
                $0.supervision.restart(
                    worker.slot, after: worker.incarnation, at: $1, newIncarnation: self.newIncarnation)
            }
        } cancel: { number in
            let waiter = self.state.with(self.loop) { state in
                state.requests.replacements.firstIndex { $0.number == number }
                    .map { state.requests.replacements.remove(at: $0).waiter }
            }
            waiter?.resume(returning: .failure(.stopped))
        }
    }

    /// Waits until the process is gone.
    func stop(_ worker: WorkerID) async {
        await suspended { waiter in
            loop.execute {
                self.decide { state, _ in state.supervision.stopWorker(worker.slot, incarnation: worker.incarnation) }
                let isGone = self.state.with(self.loop) { state in
                    if state.workers[worker.incarnation] == nil { return true }
                    state.requests.ends[worker.incarnation, default: []].append(waiter)
                    return false
                }
                if isGone { waiter.resume() }
            }
        }
    }

    /// Waits until the pool has this size. Several changes are made one after another.
    func scale(to count: Int) async throws {
        try await request { number, waiter in
            self.state.with(self.loop) { $0.requests.scalings.append((number, count, waiter)) }
            self.changeNext()
        } cancel: {
            self.cancelScaling($0)
        }
    }

    /// Both closures run on the loop.
    func request(
        _ begin: @escaping @Sendable (UInt64, ResultWaiter) -> Void, cancel: @escaping @Sendable (UInt64) -> Void
    ) async throws {
        let number = lastRequest.wrappingAdd(1, ordering: .relaxed).newValue
        let result = await withTaskCancellationHandler {
            await suspended { waiter in
                loop.execute { begin(number, waiter) }
                // A cancellation that came before was not of something that could be found.
                if Task.isCancelled { loop.execute { cancel(number) } }
            }
        } onCancel: {
            loop.execute { cancel(number) }
        }
        try Task.checkCancellation()
        try result.get()
    }

    // MARK: On the loop

    func answer(_ slot: Int, _ result: Result<Void, ClusterError>) {
        let waiters = state.with(loop) { state in
            defer { state.requests.replacements.removeAll { $0.slot == slot } }
            return state.requests.replacements.filter { $0.slot == slot }
        }
        for waiter in waiters { waiter.waiter.resume(returning: result) }
    }

    func isGone(_ incarnation: UInt64) {
        let waiters = state.with(loop) { $0.requests.ends.removeValue(forKey: incarnation) } ?? []
        for waiter in waiters { waiter.resume() }
    }

    /// What waits for the end of another change, if that has come.
    func changeNext() {
        if state.with(loop, { $0.requests.lastWasScaling }) { reloadNext() }
        scaleNext()
        reloadNext()
    }

    private func scaleNext() {
        let next = state.with(loop) { state -> Int? in
            guard !state.isChanging, let next = state.requests.scalings.first else { return nil }
            state.requests.isScaling = true
            return next.count
        }
        guard let next else { return }
        decide { $0.supervision.scale(to: next, at: $1, newIncarnation: self.newIncarnation) }
    }

    func finishScaling(_ result: Result<Void, ClusterError>) {
        let waiter = state.with(loop) { state in
            (state.requests.isScaling, state.requests.lastWasScaling) = (false, true)
            return state.requests.scalings.removeFirst().waiter
        }
        waiter.resume(returning: result)
        // Not inside the decision that ended this one.
        loop.execute { self.changeNext() }
    }

    /// One that grows is undone, one that has not begun does not begin, and one that shrinks goes on to its end.
    private func cancelScaling(_ number: UInt64) {
        let (place, isUnderWay) = state.with(loop) { state in
            let place = state.requests.scalings.firstIndex { $0.number == number }
            return (place, place == 0 && state.requests.isScaling)
        }
        guard let place else { return }
        if isUnderWay { return decide { state, _ in state.supervision.undoGrowth(.stopped) } }
        state.with(loop) { $0.requests.scalings.remove(at: place).waiter }.resume(returning: .failure(.stopped))
    }
}
