import ProcessIO
import Synchronization

extension Cluster {
    /// How far the stop is, and who waits for what of it. The event loop's.
    struct Ending {
        var stop: ClusterStop
        var timer = LoopTimer()
        /// Until it begins.
        var waiting: [UInt64: Suspension<Void>] = [:]
        /// Until no worker is left.
        var askers: [Suspension<Void>] = []
        /// Until the body is to be cancelled.
        var bodyWatch: Suspension<Void>?
        var isBodyToBeCancelled = false
        /// Whether the stop was asked for while the body ran.
        var isForTheStop = false
        var reloads = Reloads()
        /// Pools that have been told to stop.
        var told: Set<ObjectIdentifier> = []
    }

    // MARK: Any thread

    /// Returns when the cluster begins to stop: a signal has come, `shutDown` was called, or a pool gave up. The last
    /// line of a server's body.
    ///
    /// From then on no pool can be started. Pools stop in reverse order of start; calls that run may finish, and
    /// calls made inside them are still taken. It also returns when the calling task is cancelled.
    public func waitUntilStopping() async {
        let number = lastWaiter.wrappingAdd(1, ordering: .relaxed).newValue
        await withTaskCancellationHandler {
            await suspended { waiter in
                loop.execute { self.wait(number, waiter) }
                if Task.isCancelled { stopWaiting(number) }
            }
        } onCancel: {
            stopWaiting(number)
        }
    }

    /// Stops the cluster as a signal does, and returns when no worker is left. The body is cancelled then. More
    /// calls, from wherever, wait for the same stop.
    ///
    /// Workers that have not left when `WorkerTimeouts` or `ClusterOptions.stopLimit` pass are killed. A method of an
    /// actor in the primary that a worker called must not wait for this: that worker could not leave before it has
    /// its answer.
    public func shutDown() async {
        await suspended { (waiter: Suspension<Void>) in
            loop.execute {
                if self.ending.with(self.loop, { $0.isBodyToBeCancelled }) { return waiter.resume() }
                self.ending.with(self.loop) { $0.askers.append(waiter) }
                self.asked(by: .program)
            }
        }
    }

    /// Without waiting.
    func askToStop() { loop.execute { self.asked(by: .program) } }

    func poolGaveUp(_ error: ClusterError) {
        state.withLock { if !$0.isStopping { $0.failure = $0.failure ?? error } }
        askToStop()
    }

    /// Stops one pool.
    func stop(_ supervisor: PoolSupervisor) async {
        actorSystem.connections?.close(pool: supervisor.number)
        await supervisor.stop()
        remove(supervisor)
    }

    // MARK: The life of `run`

    /// From now on it hears signals, if it is to.
    func enter() async throws {
        let result: Result<Void, SystemError> = await suspended { waiter in
            loop.execute {
                waiter.resume(
                    returning: Result { () throws(SystemError) in
                        try RunningClusters.shared.add(self, self.loop)
                    })
            }
        }
        do {
            try result.get()
        } catch {
            throw ClusterError.invalidOption("cannot listen to signals: \(error)")
        }
    }

    /// Whether the stop was asked for while the body ran. Does not return when the process is being ended by force.
    func leave() async -> Bool {
        await suspended { waiter in
            loop.execute {
                if self.ending.with(self.loop, { $0.stop.isForced }) { return }
                RunningClusters.shared.remove(self, self.loop)
                waiter.resume(returning: self.ending.with(self.loop) { $0.isForTheStop })
            }
        }
    }

    /// Returns when no worker is left.
    func bodyIsToBeCancelled() async {
        await suspended { (waiter: Suspension<Void>) in
            loop.execute {
                if self.ending.with(self.loop, { $0.isBodyToBeCancelled }) { return waiter.resume() }
                self.ending.with(self.loop) { $0.bodyWatch = waiter }
            }
        }
    }

    func bodyEnded() { loop.execute { self.decide { $0.bodyEnded(pools: self.poolsLeft, at: $1) } } }

    // MARK: On the loop

    func asked(by cause: ClusterStop.Cause) {
        decide { $0.asked(by: cause, pools: self.poolsLeft, at: $1) }
    }

    /// The process is ended by force. True: workers are left, and `RunningClusters.isEmpty` will be told.
    func processEnds() -> Bool {
        decide { stop, _ in stop.processEnds() }
        return poolsLeft > 0
    }

    private var poolsLeft: Int { state.withLock { $0.pools.count } }

    private func wait(_ number: UInt64, _ waiter: Suspension<Void>) {
        if state.withLock({ $0.isStopping }) { return waiter.resume() }
        ending.with(loop) { $0.waiting[number] = waiter }
    }

    private func stopWaiting(_ number: UInt64) {
        loop.execute { self.ending.with(self.loop) { $0.waiting.removeValue(forKey: number) }?.resume() }
    }

    private func decide(_ rule: (inout ClusterStop, Instant) -> [ClusterStop.Action]) {
        let now = MonotonicClock.now
        for action in ending.with(loop, { rule(&$0.stop, now) }) { perform(action) }
        rearm()
    }

    private func perform(_ action: ClusterStop.Action) {
        switch action {
        case .begin: begin()
        case .stopPool:
            if let last = state.withLock({ $0.pools.last }) {
                end(last)
            } else {
                // Its user has stopped it meanwhile.
                decide { stop, _ in stop.poolStopped(left: 0) }
            }
        case .cancelBody:
            eventSource.publish(.stopped)
            eventSource.finish()
            actorSystem.names?.finish()
            actorSystem.topics?.finish()
            actorSystem.connections?.finish()
            actorSystem.streams.finish()
            let (askers, body) = ending.with(loop) { ending in
                ending.isBodyToBeCancelled = true
                defer { (ending.askers, ending.bodyWatch) = ([], nil) }
                return (ending.askers, ending.bodyWatch)
            }
            for asker in askers { asker.resume() }
            body?.resume()
        case .end: break
        case .kill:
            for pool in state.withLock({ $0.pools }) {
                end(pool)
                pool.kill()
            }
        case .forceExit: RunningClusters.shared.forceExit(loop)
        }
    }

    private func begin() {
        let trees = state.withLock { state in
            state.isStopping = true
            return state.trees
        }
        for tree in trees { tree.close() }
        eventSource.publish(.stopping)
        let waiters = ending.with(loop) { ending in
            ending.isForTheStop = !ending.stop.isBodyOver
            defer { ending.waiting = [:] }
            return ending.waiting
        }
        for waiter in waiters.values { waiter.resume() }
    }

    private func end(_ pool: PoolSupervisor) {
        guard ending.with(loop, { $0.told.insert(ObjectIdentifier(pool)).inserted }) else { return }
        actorSystem.connections?.close(pool: pool.number)
        pool.stop { self.ended(pool) }
    }

    private func ended(_ pool: PoolSupervisor) {
        remove(pool)
        let left = poolsLeft
        decide { stop, _ in stop.poolStopped(left: left) }
        if left == 0 { RunningClusters.shared.isEmpty(self, loop) }
    }

    private func rearm() {
        ending.with(loop) { ending in
            ending.timer.set(to: ending.stop.nextDeadline, on: loop) { self.decide { $0.tick(at: $1) } }
        }
    }
}
