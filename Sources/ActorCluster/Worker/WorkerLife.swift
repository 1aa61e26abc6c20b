import Distributed
import ProcessIO

/// A worker process from its first line to its exit: hello, factory, calls, drain or the primary's death.
final class WorkerLife: Sendable {
    struct State {
        var assignment: Suspension<Hello.Assignment>?
        var system: ClusterActorSystem?
        var connections: WorkerConnections?
        var hasRoot = false
        var departure = WorkerDeparture()
        var isLeaving = false
    }

    let loop: EventLoop
    let peer: Peer
    private let groups: [any AnyWorkerGroup]
    private let errors: ErrorTypes
    private let targets: TargetTable
    private let pulse: WorkerPulse
    let state = LoopConfined(State())
    let events = WorkerEventLog()
    /// There as soon as this process has an actor system.
    private let ownPipes = AtomicOnce<DirectPipes>()
    /// Since the last one that was sent.
    private let droppedReports = Lock<UInt64>(0)
    let shutdownWork = Lock<[@Sendable () async -> Void]>([])

    init(
        groups: [any AnyWorkerGroup], errors: ErrorTypes, targets: TargetTable, socket: Socket, loop: EventLoop
    ) {
        self.errors = errors
        self.groups = groups
        self.targets = targets
        self.loop = loop
        // What comes is bounded by the ceiling; the primary keeps to its own limit, and so does this side once it
        // knows it.
        peer = Peer(
            socket, worker: .primary, poolNumber: 0, frameLimit: Limits.frameCeiling, targets: targets, loop: loop)
        pulse = WorkerPulse(peer: peer, loop: loop)
    }

    // MARK: Beginning

    /// Serves until the process leaves.
    func run() async {
        let assignment = await suspended { waiter in
            loop.execute {
                self.state.with(self.loop) { $0.assignment = waiter }
                self.connect()
            }
        }
        await makeRoot(assignment)
    }

    private func connect() {
        do {
            try peer.open(owner: self)
            _ = try SignalSource.shared(loop).listen(to: [.terminate]) { self.depart { $0.terminated() } }
            let hello = try Body.encode(Hello(fingerprint: targets.fingerprint))
            peer.send(OutgoingFrame(.hello, FrameNumbers(Hello.protocolVersion), body: hello))
        } catch {
            WorkerExit.factoryThrew.leave("cannot use the pipe to the primary: \(error)")
        }
    }

    private func makeRoot(_ assignment: Hello.Assignment) async {
        if assignment.printsToPipe { printLineByLine() }
        let name = assignment.worker.group
        let group = groups.first { $0.name == name } as? any RootActorFactory
        guard let group, group.makesRoot else {
            return refuse(
                group == nil
                    ? "its Cluster.run does not list the group \"\(name)\""
                    : "another program makes the actors of the group \"\(name)\": "
                        + "PoolOptions.process.executable must name it")
        }
        let system = ClusterActorSystem(
            identity: assignment.worker, poolNumber: assignment.pool, groups: assignment.groups,
            callTimeout: assignment.callTimeout, frameLimit: assignment.frameLimit, errors: errors, targets: targets,
            posts: assignment.posts)
        peer.use(assignment.posts, bodyLimit: assignment.frameLimit)
        system.routes.setUpstream(peer)
        system.watch.began(.primary)
        let connections = WorkerConnections(system: system, loop: loop) { [weak self] in self?.report($0) }
        let pipes = DirectPipes(system, upstream: peer, loop: loop) { self.received($0, from: $1) }
        system.routes.setDirect(pipes)
        _ = ownPipes.set(pipes)
        loop.execute { self.state.with(self.loop) { ($0.system, $0.connections) = (system, connections) } }
        do {
            let context = WorkerContext(
                id: assignment.worker, tags: assignment.tags, actorSystem: system, life: self, connections: connections)
            let root = try await group.makeRoot(context)
            system.local.setRoot(root)
            loop.execute {
                self.state.with(self.loop) { $0.hasRoot = true }
                self.pulse.begin(with: root) { self.report($0) }
                self.peer.send(OutgoingFrame(.ready))
                connections.ready()
                self.lookForRest(FirstRest(jobsBegun: self.loop.jobsBegun))
            }
        } catch {
            peer.send(OutgoingFrame.startFailure(Failure(thrown: error)))
            WorkerExit.factoryThrew.leave()
        }
    }

    private func lookForRest(_ rest: FirstRest) {
        _ = loop.schedule(at: MonotonicClock.now + Limits.firstRest) {
            var rest = rest
            switch rest.looked(jobsBegun: self.loop.jobsBegun, callsRunning: self.counts.running) {
            case .lookAgain: self.lookForRest(rest)
            case .giveBackCode: LoadedCode.giveBack()
            }
        }
    }

    /// This program is not one that the primary can use.
    private func refuse(_ reason: String) {
        peer.send(OutgoingFrame.startFailure(Failure(.unsupported, typeName: "ClusterError", text: reason)))
        WorkerExit.incompatible.leave(reason)
    }

    // MARK: Telling the primary

    /// Any thread, also inside a method; returns when it is written, or queued behind what the primary has not read.
    func report(_ error: any Error) {
        let body = (try? Body.encode(Failure(reported: error))) ?? []
        let dropped = droppedReports.withLock { $0.take() }
        if !peer.sendNow(OutgoingFrame(.report, FrameNumbers(dropped), body: body)) {
            droppedReports.withLock { $0 += dropped + 1 }
        }
    }

    /// With each ping, so that the loss of the last ones is told, too.
    private func tellDroppedReports() {
        let dropped = droppedReports.withLock { $0.take() }
        guard dropped > 0, !peer.sendNow(OutgoingFrame(.report, FrameNumbers(dropped))) else { return }
        droppedReports.withLock { $0 += dropped }
    }

    /// To other workers.
    var pipes: DirectPipes? { ownPipes.load() }

    /// Called as the process exits: what has been sent is waited for, within a limit.
    func flush() {
        let end = MonotonicClock.now + Limits.lastWords
        let peers = [peer] + (pipes?.peers ?? [])
        for peer in peers { peer.sendPosts() }
        for peer in peers { peer.flush(within: end - MonotonicClock.now) }
    }
}

extension WorkerLife: PeerOwner {
    func greeted(_ hello: Hello, by peer: Peer) throws {
        let waiter = state.with(loop) { state in
            defer { state.assignment = nil }
            return state.assignment
        }
        guard let waiter, let assignment = hello.assignment else { throw ProtocolViolation.notExpected(.hello) }
        waiter.resume(returning: assignment)
    }

    func received(_ frame: IncomingFrame, from peer: Peer) throws {
        switch frame.kind {
        case .drain:
            events.tell(.drainAsked)
            depart { $0.drainAsked() }
        case .terminated: try state.with(loop) { $0.system }?.received(termination: frame)
        case .introduced:
            if let pipes { return try pipes.introduced(frame) }
            peer.send(OutgoingFrame(.parted, frame.numbers))
        case .parted: pipes?.refused(frame.id, frame.numbers.second)
        default: throw ProtocolViolation.notExpected(frame.kind)
        }
    }

    func pong(to ping: FrameNumbers) -> FrameNumbers {
        tellDroppedReports()
        return pulse.pong(to: Ping(ping), served: counts.served).numbers
    }

    func receivedHealthCheck(_ id: CallID, from peer: Peer) { pulse.answer(id) { self.counts } }

    /// Calls that have been answered, and that run.
    private var counts: (served: UInt64, running: Int) {
        if let pipes { return pipes.counts }
        let counts = peer.counts()
        return (counts.served, counts.running)
    }

    func received(_ call: IncomingCall, from peer: Peer) {
        let system = state.with(loop) { $0.hasRoot ? $0.system : nil }
        guard let system else { return peer.finish(call.id, with: .failure(Failure(.targetMissing), id: call.id)) }
        system.received(call, from: peer)
    }

    func hasWork(besides peer: Peer) -> Bool { pipes?.hasWork(besides: peer) ?? false }

    /// The primary is gone, or does not fit.
    func disconnected(_ peer: Peer, _ violation: (any Error)?) {
        if case ProtocolViolation.otherVersion? = violation {
            return WorkerExit.incompatible.leave("the primary speaks another version of the protocol")
        }
        events.tell(.primaryLost)
        if let system = state.with(loop, { $0.system }) {
            system.watch.ended(.primary, Termination(.primary, .unreachable))
            system.watch.cutOff()
        }
        WorkerExit.primaryIsGone()
        peer.close(.unknown)
        depart { $0.primaryLost() }
    }
}

extension OutgoingFrame {
    static func startFailure(_ failure: Failure) -> OutgoingFrame {
        OutgoingFrame(.failed, body: (try? Body.encode(failure)) ?? [])
    }
}

extension UInt64 {
    /// Its value, which becomes 0.
    fileprivate mutating func take() -> UInt64 {
        defer { self = 0 }
        return self
    }
}
