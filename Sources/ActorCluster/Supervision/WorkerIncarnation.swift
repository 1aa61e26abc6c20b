import ProcessIO

/// One worker process as the primary sees it, from spawn to reaping. The event loop's alone.
final class WorkerIncarnation: Sendable {
    /// What it tells its supervisor, and with it those who watch the pool. On the loop; `exited`, `spawnFailed` or
    /// `withdrawn` comes last, and once.
    typealias Report = @Sendable (Supervision.Event, [ClusterEvent.Kind]) -> Void

    struct State {
        var child: ChildProcess?
        var peer: Peer?
        var output: OutputCapture?
        var tags: Set<String> = []
        var mustLeave = false
        /// It has said hello.
        var isOnline = false
        /// From its hello until it is told to leave.
        var health: WorkerHealth?
        var healthTimer = LoopTimer()
        var report: Report?
        var end = WorkerEnd()
        /// How its pipe has ended, for the supervisor.
        var pipeEnd = PipeEnd()
    }

    struct PipeEnd {
        var event = Supervision.Event.disconnected
        /// What is told before that it is disconnected.
        var reason: [ClusterEvent.Kind] = []
    }

    let worker: WorkerID
    let policy: HealthPolicy
    let loop: EventLoop
    let system: ClusterActorSystem
    private let hello: Hello
    private let events: EventSource
    private let pool: PoolRoutes
    let state: LoopConfined<State>

    init(
        worker: WorkerID, hello: Hello, policy: HealthPolicy, pool: PoolRoutes, system: ClusterActorSystem,
        events: EventSource, loop: EventLoop, report: @escaping Report
    ) {
        self.pool = pool
        self.worker = worker
        self.policy = policy
        self.hello = hello
        self.system = system
        self.events = events
        self.loop = loop
        state = LoopConfined(State(report: report))
    }

    var pid: Int32? { state.with(loop) { $0.child?.pid } }
    var peer: Peer? { state.with(loop) { $0.peer } }
    var tags: Set<String> { state.with(loop) { $0.tags } }
    /// The last lines of its standard error, oldest first; all of them once the process has ended.
    var lastOutput: [String] { state.with(loop) { $0.output }?.lastLines ?? [] }

    private var scope: ActorID.Scope { .incarnation(worker.incarnation) }

    // MARK: Begin

    /// There will be such a process, whenever its turn comes.
    func isExpected() { system.watch.began(scope) }

    /// `delivery` hands its output to the program.
    func spawn(_ process: WorkerProcess, _ programs: HeldPrograms, _ delivery: LineDelivery) {
        do throws(SystemError) {
            try SpawnStep.pair.check()
            let (ours, theirs) = try Socket.pair()
            let order = SpawnOrder(process: process, slot: worker.slot, programs: programs, channel: theirs)
            WorkerSpawner.spawn(order, on: loop) { self.spawned($0, ours, delivery) }
        } catch {
            // Not inside the decision that it comes from, which may have more to start and to stop.
            loop.execute { self.failToSpawn(error) }
        }
    }

    private func spawned(_ result: Result<SpawnedWorker, SystemError>, _ socket: Socket, _ delivery: LineDelivery) {
        let spawned: SpawnedWorker
        do throws(SystemError) {
            spawned = try result.get()
            try spawned.child.observeExit(on: loop) { self.exited(ExitStatus($0)) }
        } catch {
            return failToSpawn(error)
        }
        let output = OutputCapture(spawned.pipes, to: spawned.output, of: worker, by: delivery, loop: loop)
        state.with(loop) { ($0.child, $0.output, $0.tags) = (spawned.child, output, spawned.tags) }
        tell(.spawned, [.spawned(pid: spawned.child.pid)])
        do {
            try output.open()
            try connect(socket)
        } catch let error as SystemError {
            pipeFailed(.spawnFailed(worker, call: error.call, errno: error.code))
        } catch {
            pipeFailed(.failedToInitialize(worker, "its pipe cannot be used: \(error)"))
        }
        if state.with(loop, { $0.mustLeave }) { spawned.child.signal(.kill) }
    }

    private func connect(_ socket: Socket) throws {
        let peer = Peer(
            socket, worker: worker, poolNumber: hello.assignment?.pool ?? 0, frameLimit: system.frameLimit,
            targets: system.targets, loop: loop, pool: pool)
        peer.use(system.posts, bodyLimit: system.frameLimit)
        try SpawnStep.pipe.check()
        try peer.open(owner: self)
        state.with(loop) { $0.peer = peer }
        system.routes.add(peer, incarnation: worker.incarnation)
        system.names?.began(worker)
        system.topics?.began(scope)
        system.connections?.began(
            worker, pool: hello.assignment?.pool ?? 0, tell: { self.events.publish($0, of: self.worker) },
            report: { peer.connections.store($0) })
        var hello = hello
        hello.assignment?.tags = tags
        hello.assignment?.printsToPipe = state.with(loop) { $0.output?.takesLines } ?? false
        peer.send(OutgoingFrame(.hello, FrameNumbers(Hello.protocolVersion), body: try Body.encode(hello)))
    }

    private func pipeFailed(_ error: ClusterError) {
        pipeEnded(PipeEnd(event: .violated(error), reason: [.failedToInitialize("\(error)")]))
    }

    private func failToSpawn(_ error: SystemError) {
        let error = ClusterError.spawnFailed(worker, call: error.call, errno: error.code)
        system.watch.ended(scope, Termination(worker, .unreachable))
        end(.spawnFailed(error), [.failedToInitialize("\(error)")])
    }

    // MARK: End

    /// Makes it leave. A process whose turn to be spawned has not come never will be there; one that is being started
    /// is killed when it is. One that has not said hello may be another program, which SIGTERM asks; it has no calls.
    func stop(_ stage: ShutdownPlan.Stage) {
        state.with(loop) { $0.end.stop(stage) }
        endHealth()
        system.connections?.leaves(worker)
        guard let child = state.with(loop, { $0.child }) else { return leaveBeforeSpawn() }
        switch stage {
        case .drain:
            peer?.drain()
            if !state.with(loop, { $0.isOnline }) { child.signal(.terminate) }
        case .terminate: child.signal(.terminate)
        case .kill: child.signal(.kill)
        }
    }

    private func leaveBeforeSpawn() {
        state.with(loop) { $0.mustLeave = true }
        guard SpawnTurns.shared.withdraw(ObjectIdentifier(self), on: loop) else { return }
        // Not inside the decision that it comes from.
        loop.execute {
            self.system.watch.ended(self.scope, Termination(self.worker, .unreachable))
            self.end(.withdrawn, [])
        }
    }

    /// Those who watch it are told that another process takes its place.
    func isReplaced() { state.with(loop) { $0.end.isReplaced() } }

    private func exited(_ status: ExitStatus) { perform { $0.processEnded(status) } }

    private func pipeEnded(_ how: PipeEnd) {
        state.with(loop) { $0.pipeEnd = how }
        perform { $0.pipeEnded() }
    }

    private func perform(_ rule: (inout WorkerEnd) -> [WorkerEnd.Action]) {
        for action in state.with(loop, { rule(&$0.end) }) {
            switch action {
            case .readToEnd:
                peer?.readToEnd()
                // If it never had a peer, nobody has said so.
                perform { $0.pipeEnded() }
            case .disconnected(let intentional):
                let how = state.with(loop) { $0.pipeEnd }
                tell(how.event, how.reason + [.disconnected(intentional: intentional)])
            case .awaitStatus:
                _ = loop.schedule(at: MonotonicClock.now + Limits.exitStatus) { self.perform { $0.statusIsLate() } }
            case .failCalls(let status):
                peer?.close(status)
                if let peer { pool.ended(worker.slot, peer) }
                system.routes.remove(incarnation: worker.incarnation)
                system.names?.ended(worker)
                system.topics?.ended(scope)
                system.connections?.ended(worker)
                system.introducer?.ended(worker)
                system.watch.ended(scope, state.with(loop) { $0.end.termination(of: worker, status) })
            case .exited(let status, let intentional, let forced):
                processIsGone(status, intentional: intentional, forced: forced)
            }
        }
    }

    /// Its exit is told when the program has had all that it printed.
    private func processIsGone(_ status: ExitStatus, intentional: Bool, forced: Bool) {
        let tellExit = { @Sendable in
            self.pool.exited(
                self.worker.slot,
                WorkerStatistics.Exit(status: status, intentional: intentional, forced: forced))
            let kind = ClusterEvent.Kind.exited(
                status, intentional: intentional, forced: forced, lastOutput: self.lastOutput)
            self.end(.exited(status), [kind])
        }
        let mustWait = state.with(loop) { $0.output }?.finish(tellExit) ?? false
        tell(.reaped(lastOutput: lastOutput))
        if !mustWait { tellExit() }
    }

    private func end(_ event: Supervision.Event, _ kinds: [ClusterEvent.Kind]) {
        let report = state.with(loop) { state in
            defer { state.report = nil }
            return state.report
        }
        report?(event, kinds)
    }

    func tell(_ event: Supervision.Event, _ kinds: [ClusterEvent.Kind] = []) {
        state.with(loop) { $0.report }?(event, kinds)
    }
}

extension WorkerIncarnation: PeerOwner {
    func greeted(_ hello: Hello, by peer: Peer) {
        state.with(loop) { $0.isOnline = true }
        beginHealth()
        tell(.online, [.online])
    }

    func received(_ frame: IncomingFrame, from peer: Peer) throws {
        switch frame.kind {
        case .ready: tell(.ready)
        case .pong: try received(Pong(frame.numbers))
        case .failed:
            let text = try Failure(from: frame.body).words
            tell(.failed(.failedToInitialize(worker, text)), [.failedToInitialize(text)])
        case .report: try reported(frame)
        case .watch: try system.received(watch: frame.id, from: peer)
        case .introduce:
            system.introducer?.asked(by: peer, for: frame.id, system.routes.peer(frame.id))
        case .parted:
            system.introducer?.parted(worker.incarnation, from: frame.id, number: frame.numbers.second)
        case .leaving:
            state.with(loop) { $0.end.leaves() }
            tell(.stopRequested)
        default: throw ProtocolViolation.notExpected(frame.kind)
        }
    }

    /// A worker does not ask how its primary is.
    func pong(to ping: FrameNumbers) -> FrameNumbers { FrameNumbers(ping.first) }

    func receivedHealthCheck(_ id: CallID, from peer: Peer) throws { throw ProtocolViolation.notExpected(.health) }

    func received(_ call: IncomingCall, from peer: Peer) { system.received(call, from: peer) }

    func disconnected(_ peer: Peer, _ violation: (any Error)?) {
        endHealth()
        switch violation {
        case nil: pipeEnded(PipeEnd())
        case ProtocolViolation.otherVersion(let version)?:
            let text = Hello.complaint(about: version)
            let event = Supervision.Event.incompatible(.incompatibleWorker(worker, text))
            pipeEnded(PipeEnd(event: event, reason: [.failedToInitialize(text)]))
        case let error as SystemError:
            let text = "its pipe cannot be used: \(error)"
            pipeEnded(PipeEnd(event: .violated(.failedToInitialize(worker, text)), reason: [.error(text)]))
        case let violation?:
            let text = "it broke the protocol: \(violation)"
            pipeEnded(PipeEnd(event: .violated(.incompatibleWorker(worker, text)), reason: [.error(text)]))
        }
    }

    private func reported(_ frame: IncomingFrame) throws {
        if frame.id > 0 {
            events.publish(.error("\(frame.id) reports were lost: this process did not read them in time"), of: worker)
        }
        // A loss may be all there is to tell.
        if frame.id > 0, frame.body.isEmpty { return }
        events.publish(.error(try Failure(from: frame.body).words), of: worker)
    }
}
