import ProcessIO

/// One worker process as the primary sees it, from spawn to reaping. The event loop's alone.
final class WorkerIncarnation: Sendable {
    /// What it tells its supervisor. On the loop; `exited` or `spawnFailed` comes last, and once.
    typealias Report = @Sendable (Supervision.Event) -> Void

    private struct State {
        var child: ChildProcess?
        var peer: Peer?
        var mustLeave = false
        var heartbeat = Heartbeat()
        var nextPing: EventLoop.TimerID?
        var report: Report?
    }

    let worker: WorkerID
    private let loop: EventLoop
    private let system: ClusterActorSystem
    private let hello: Hello
    private let state: LoopConfined<State>

    init(worker: WorkerID, hello: Hello, system: ClusterActorSystem, loop: EventLoop, report: @escaping Report) {
        self.worker = worker
        self.hello = hello
        self.system = system
        self.loop = loop
        state = LoopConfined(State(report: report))
    }

    var pid: Int32? { state.with(loop) { $0.child?.pid } }
    var peer: Peer? { state.with(loop) { $0.peer } }

    // MARK: Begin

    func spawn(_ process: WorkerProcess) {
        do throws(SystemError) {
            let (ours, theirs) = try Socket.pair()
            WorkerSpawner.spawn(process, channel: theirs, on: loop) { self.spawned($0, ours) }
        } catch {
            failToSpawn(error)
        }
    }

    private func spawned(_ result: Result<ChildProcess, SystemError>, _ socket: Socket) {
        let child: ChildProcess
        do throws(SystemError) {
            child = try result.get()
            try child.observeExit(on: loop) { self.exited(ExitStatus($0)) }
        } catch {
            return failToSpawn(error)
        }
        state.with(loop) { $0.child = child }
        do {
            try connect(socket)
        } catch {
            tell(.violated(.failedToInitialize(worker, "its pipe cannot be used: \(error)")))
        }
        if state.with(loop, { $0.mustLeave }) { child.signal(.kill) }
    }

    private func connect(_ socket: Socket) throws {
        let peer = Peer(socket, worker: worker, frameLimit: system.frameLimit, targets: system.targets, loop: loop)
        try peer.open(owner: self)
        state.with(loop) { $0.peer = peer }
        system.routes.add(peer, incarnation: worker.incarnation)
        peer.send(OutgoingFrame(.hello, FrameNumbers(Hello.protocolVersion), body: try Body.encode(hello)))
        tell(.spawned)
    }

    private func failToSpawn(_ error: SystemError) {
        end(.spawnFailed(.spawnFailed(worker, call: error.call, errno: error.code)))
    }

    // MARK: Heartbeat

    var heartbeat: Heartbeat { state.with(loop) { $0.heartbeat } }

    private func ping() {
        let now = MonotonicClock.now
        let number = state.with(loop) { $0.heartbeat.ping(at: now) }
        peer?.send(OutgoingFrame(.ping, FrameNumbers(number)))
        let next = loop.schedule(at: now + Limits.pingInterval) { self.ping() }
        state.with(loop) { $0.nextPing = next }
    }

    private func stopPinging() {
        let timer = state.with(loop) { state in
            defer { state.nextPing = nil }
            return state.nextPing
        }
        if let timer { loop.cancel(timer) }
    }

    // MARK: End

    /// Makes it leave. A process that is only being started is killed when it is there.
    func stop(_ stage: ShutdownPlan.Stage) {
        guard let child = state.with(loop, { $0.child }) else { return state.with(loop) { $0.mustLeave = true } }
        switch stage {
        case .drain: peer?.send(OutgoingFrame(.drain))
        case .terminate: child.signal(.terminate)
        case .kill: child.signal(.kill)
        }
    }

    private func exited(_ status: ExitStatus) {
        peer?.readToEnd()
        close(status)
        end(.exited(status))
    }

    /// Fails the calls that it has not answered.
    private func close(_ status: ExitStatus) {
        peer?.close(status)
        system.routes.remove(incarnation: worker.incarnation)
    }

    private func end(_ event: Supervision.Event) {
        let report = state.with(loop) { state in
            defer { state.report = nil }
            return state.report
        }
        report?(event)
    }

    private func tell(_ event: Supervision.Event) { state.with(loop) { $0.report }?(event) }
}

extension WorkerIncarnation: PeerOwner {
    func greeted(_ hello: Hello, by peer: Peer) {
        ping()
        tell(.online)
    }

    func received(_ frame: IncomingFrame, from peer: Peer) throws {
        switch frame.kind {
        case .ready: tell(.ready)
        case .pong: try state.with(loop) { try $0.heartbeat.pong(frame.id, at: MonotonicClock.now) }
        case .failed:
            let failure = try Failure(from: frame.body)
            tell(.failed(.failedToInitialize(worker, "\(failure.typeName): \(failure.text)")))
        default: throw ProtocolViolation.notExpected(frame.kind)
        }
    }

    func receivedHealthCheck(_ id: CallID, from peer: Peer) throws { throw ProtocolViolation.notExpected(.health) }

    func received(_ call: IncomingCall, from peer: Peer) { system.received(call, from: peer) }

    func disconnected(_ peer: Peer, _ violation: (any Error)?) {
        stopPinging()
        switch violation {
        case nil: tell(.disconnected)
        case ProtocolViolation.otherVersion(let version)?:
            tell(.incompatible(.incompatibleWorker(worker, "its protocol is \(String(version, radix: 16))")))
        case let violation?:
            tell(.violated(.incompatibleWorker(worker, "it broke the protocol: \(violation)")))
        }
        _ = loop.schedule(at: MonotonicClock.now + Limits.exitStatus) { self.close(.unknown) }
    }
}
