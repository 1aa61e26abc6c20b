import ProcessIO
import Synchronization

/// Performs what `Supervision` and `ShutdownPlan` decide for one pool. The event loop's alone, but for `start` and
/// `stop`.
final class PoolSupervisor: Sendable {
    typealias StartWaiter = Suspension<Result<Void, ClusterError>>

    struct State {
        var supervision: Supervision
        var plan: ShutdownPlan
        var workers: [UInt64: WorkerIncarnation] = [:]
        var starting: StartWaiter?
        var startError: ClusterError?
        var stopping: [@Sendable () -> Void] = []
        var requests = Requests()
        var reloads = Reloads()
        var turnover: TurnoverState
        var timer = LoopTimer()
        var isStopping = false
        var isStopped = false
        var restart: Restart?
        /// Its strategy has given up on it.
        var isLetGo = false
    }

    let group: String
    let number: UInt32
    let routes: PoolRoutes
    let events: EventSource
    let loop: EventLoop
    let system: ClusterActorSystem
    let options: PoolOptions
    private let delivery = LineDelivery()
    private let fingerprint: UInt64
    let newIncarnation: @Sendable () -> UInt64
    /// Under a strategy.
    let membership: TreeSupervisor.Membership?
    private let onGaveUp: @Sendable (ClusterError) -> Void
    let state: LoopConfined<State>
    let lastRequest = Atomic<UInt64>(0)

    /// `onGaveUp` is called on the loop when no slot is left by failure, unless a strategy sees to that.
    init(
        group: String, number: UInt32, count: Int, options: PoolOptions, system: ClusterActorSystem,
        fingerprint: UInt64, loop: EventLoop, events: EventSource, newIncarnation: @escaping @Sendable () -> UInt64,
        membership: TreeSupervisor.Membership?, onGaveUp: @escaping @Sendable (ClusterError) -> Void
    ) {
        self.group = group
        self.number = number
        self.options = options
        self.system = system
        self.fingerprint = fingerprint
        self.loop = loop
        self.events = events
        self.newIncarnation = newIncarnation
        self.membership = membership
        self.onGaveUp = onGaveUp
        routes = PoolRoutes(
            group: group, count: count, scheduling: options.scheduling, limits: options.limits,
            isRestarted: membership != nil, loop: loop)
        var settings = Supervision.Settings(count: count)
        settings.policy = options.restart
        settings.intensity = options.intensity
        settings.backoff = options.backoff
        settings.ready = options.timeouts.ready
        settings.settle = options.timeouts.settle
        state = LoopConfined(
            State(
                supervision: Supervision(group: group, settings: settings),
                plan: ShutdownPlan(limits: options.timeouts), turnover: TurnoverState(options)))
    }

    // MARK: Any thread

    /// Fills all slots and waits until they are ready. A failure, or cancellation of the caller, stops them all first.
    func start() async throws {
        let result = await withTaskCancellationHandler {
            await suspended { waiter in
                loop.execute {
                    self.state.with(self.loop) { $0.starting = waiter }
                    self.decide { $0.supervision.start(at: $1, newIncarnation: self.newIncarnation) }
                }
                // A cancellation that came before has found nobody.
                if Task.isCancelled { loop.execute { self.failStart(.stopped) } }
            }
        } onCancel: {
            loop.execute { self.failStart(.stopped) }
        }
        if Task.isCancelled {
            await stop()
            throw CancellationError()
        }
        try result.get()
    }

    /// Asks all workers to leave and waits until they are gone; SIGTERM and SIGKILL follow as `timeouts` says.
    func stop() async {
        await suspended { (waiter: Suspension<Void>) in
            loop.execute { self.stop { waiter.resume() } }
        }
    }

    // MARK: Stopping, on the loop

    /// The same, with what is to be done when they are gone.
    func stop(then done: @escaping @Sendable () -> Void) {
        if state.with(loop, { $0.isStopped }) { return done() }
        state.with(loop) { $0.stopping.append(done) }
        routes.close()
        beginStop()
        if isHalted { return stopped() }
        decide { state, _ in state.supervision.stop() }
    }

    /// Ends it without waiting for anyone: SIGKILL to all.
    func kill() {
        routes.close()
        beginStop()
        decide { state, _ in
            state.supervision.stop()
                + state.supervision.allIncarnations.map { .stop(incarnation: $0, from: .kill) }
        }
    }

    // MARK: Deciding and performing

    /// `tell` is called between the decision and what follows from it.
    func decide(_ rule: (inout State, Instant) -> [Supervision.Action], tell: () -> Void = {}) {
        let now = MonotonicClock.now
        let (actions, old, new) = state.with(loop) { state in
            let old = state.supervision.settings.count
            return (rule(&state, now), old, state.supervision.settings.count)
        }
        tell()
        if old != new { events.publish(.scaled(from: old, to: new)) }
        for action in actions { perform(action) }
        rearm()
    }

    /// Whatever a worker does, or is to do; `kinds` are what those who watch are told of it. What comes after its end
    /// is passed over.
    func handle(_ event: Supervision.Event, of incarnation: UInt64, telling kinds: [ClusterEvent.Kind] = []) {
        let process = state.with(loop) { $0.workers[incarnation] }
        // A slot that goes from one ready process to another is never without one.
        let isShownLater = state.with(loop) { $0.supervision.givesBack(incarnation, on: event) }
        if !isShownLater, let process { show(event, of: process) }
        publish(kinds, of: incarnation)
        let isOver = event.isEnd
        let isFirst = state.with(loop) { $0.supervision.isFirst(incarnation) }
        decide { state, now in
            if isOver {
                state.plan.exited(incarnation)
                state.workers[incarnation] = nil
            }
            return state.supervision.handle(
                event, of: incarnation, at: now, chance: .random(in: 0..<1), newIncarnation: newIncarnation)
        } tell: {
            if isOver, isFirst, event != .withdrawn, let process { publishRestart(after: process.worker) }
        }
        if isShownLater, let process { show(event, of: process) }
        if let process, event != .spawned { SpawnTurns.shared.giveBack(ObjectIdentifier(process), on: loop) }
        if isOver { isGone(incarnation) }
        if let process { follow(event, of: process.worker) }
    }

    private func perform(_ action: Supervision.Action) {
        switch action {
        case .spawn(let slot, let incarnation): spawn(slot, incarnation, isFirst: true)
        case .spawnBeside(let slot, let incarnation): spawn(slot, incarnation, isFirst: false)
        case .handOver(let slot, let incarnation): handOver(slot, to: incarnation)
        case .stop(let incarnation, let stage):
            if stage == .kill { publishLateness(of: incarnation) }
            tellIfReplaced(incarnation)
            let steps = state.with(loop) { $0.plan.stop(incarnation, from: stage, at: MonotonicClock.now) }
            perform(steps)
        case .route(let slot): route(slot)
        case .unroute(let slot): routes.update(slot) { if $0.state != .exited { $0.state = .draining } }
        case .suspect(let slot): suspect(slot)
        case .gaveUp(let slot): gaveUp(slot)
        case .retired(let slot): retired(slot)
        case .removed(let slot):
            routes.removeLast()
            slotIsOver(slot)
        case .replaced(let slot): answer(slot, .success(()))
        case .notReplaced(let slot, let error): answer(slot, .failure(error))
        case .scaled: finishScaling(.success(()))
        case .scaleFailed(let error): finishScaling(.failure(error))
        case .reloaded: finishReload(.success(()))
        case .reloadFailed(let error): finishReload(.failure(error))
        case .started: started()
        case .startFailed(let error):
            if !isRestarting { beginStop() }
            state.with(loop) { $0.startError = $0.startError ?? error }
        case .poolGaveUp(let error):
            publishEnd(error)
            if let membership { membership.tell(.gaveUp(error)) } else { onGaveUp(error) }
        case .stopped: stopped()
        }
    }

    private func perform(_ steps: [ShutdownPlan.Action]) {
        for step in steps { state.with(loop) { $0.workers[step.incarnation] }?.stop(step.stage) }
    }

    private func spawn(_ slot: Int, _ incarnation: UInt64, isFirst: Bool) {
        let id = WorkerID(group: group, slot: slot, incarnation: incarnation)
        var assignment = Hello.Assignment(
            worker: id, pool: number, frameLimit: system.frameLimit, callTimeout: system.callTimeout)
        assignment.groups = system.groups
        assignment.posts = system.posts
        let worker = WorkerIncarnation(
            worker: id, hello: Hello(fingerprint: fingerprint, assignment: assignment), policy: options.health,
            pool: routes, system: system, events: events, loop: loop
        ) { [weak self] in self?.handle($0, of: incarnation, telling: $1) }
        let build = state.with(loop) { state in
            state.workers[incarnation] = worker
            return state.supervision.build(of: incarnation).flatMap { state.reloads.builds[$0] } ?? WorkerBuild()
        }
        worker.isExpected()
        if isFirst { routes.fill(slot, id) } else { routes.fillBeside(slot, id) }
        SpawnTurns.shared.take(ObjectIdentifier(worker), on: loop) {
            worker.spawn(build.adapted(self.options.process), build.programs, self.delivery)
        }
    }

    /// Keeps what the pool's user sees of a worker up to date.
    private func show(_ event: Supervision.Event, of worker: WorkerIncarnation) {
        let (pid, peer, tags) = (worker.pid, worker.peer, worker.tags)
        let isFirst = routes.update(worker.worker) { slot in
            (slot.pid, slot.peer, slot.tags) = (pid, peer, tags)
            slot.state = event.shownState ?? slot.state
            if slot.state == .exited { slot.peer = nil }
        }
        if !isFirst {
            routes.showBeside(worker.worker, event.shownState, isConnected: peer != nil, isGone: event.isEnd)
        }
    }

    private func rearm() {
        state.with(loop) { state in
            let next = [state.supervision.nextDeadline, state.plan.nextDeadline].compactMap { $0 }.min()
            state.timer.set(to: next, on: loop) { self.tick() }
        }
    }

    private func tick() {
        perform(state.with(loop) { $0.plan.tick(at: MonotonicClock.now) })
        decide { $0.supervision.tick(at: $1, newIncarnation: self.newIncarnation) }
    }

    // MARK: Those who wait

    private func started() {
        state.with(loop) { $0.restart = nil }
        finishStart(.success(()))
        membership?.tell(.started)
        beginTurnover()
        // What was asked for during a restart.
        loop.execute { self.changeNext() }
    }

    private func finishStart(_ result: Result<Void, ClusterError>) {
        let waiter = state.with(loop) { state in
            defer { state.starting = nil }
            return state.starting
        }
        waiter?.resume(returning: result)
    }

    private func failStart(_ error: ClusterError) {
        guard state.with(loop, { $0.starting != nil }) else { return }
        beginStop()
        decide { state, _ in [.startFailed(error)] + state.supervision.stop() }
    }

    private func stopped() {
        if hasHalted() { return }
        let (waiters, error) = state.with(loop) { state in
            state.isStopped = true
            state.restart = nil
            defer { state.stopping = [] }
            return (state.stopping, state.startError)
        }
        endTurnover()
        routes.close()
        for build in state.with(loop, { $0.reloads.builds }).values { build.programs.letGo() }
        events.publish(.stopped)
        events.finish()
        finishStart(.failure(error ?? .stopped))
        membership?.tell(.left)
        changeNext()
        for done in waiters { done() }
    }
}
