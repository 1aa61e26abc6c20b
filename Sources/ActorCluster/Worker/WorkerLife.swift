import Distributed
import ProcessIO

/// A worker process from its first line to its exit: hello, factory, calls, drain or the primary's death.
final class WorkerLife: Sendable {
    private struct State {
        var assignment: Suspension<Hello.Assignment>?
        var system: ClusterActorSystem?
        var hasRoot = false
        var isLeaving = false
    }

    private let loop: EventLoop
    private let peer: Peer
    private let groups: [any AnyWorkerGroup]
    private let errors: ErrorTypes
    private let targets: TargetTable
    private let pulse: WorkerPulse
    private let state = LoopConfined(State())
    let events = WorkerEventLog()
    /// Since the last one that was sent.
    private let droppedReports = Lock<UInt64>(0)
    private let shutdownWork = Lock<[@Sendable () async -> Void]>([])

    init(
        groups: [any AnyWorkerGroup], errors: ErrorTypes, targets: TargetTable, socket: Socket, loop: EventLoop
    ) {
        self.errors = errors
        self.groups = groups
        self.targets = targets
        self.loop = loop
        // What comes is bounded by the ceiling; the primary keeps to its own limit, and so does this side once it knows it.
        peer = Peer(socket, worker: .primary, frameLimit: Limits.frameCeiling, targets: targets, loop: loop)
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
            identity: assignment.worker, poolNumber: assignment.pool, callTimeout: assignment.callTimeout,
            frameLimit: assignment.frameLimit, errors: errors, targets: targets)
        system.routes.setUpstream(peer)
        system.watch.began(.primary)
        loop.execute { self.state.with(self.loop) { $0.system = system } }
        do {
            let context = WorkerContext(
                id: assignment.worker, tags: assignment.tags, actorSystem: system, life: self)
            let root = try await group.makeRoot(context)
            system.local.setRoot(root)
            loop.execute {
                self.state.with(self.loop) { $0.hasRoot = true }
                self.pulse.begin(with: root) { self.report($0) }
                self.peer.send(OutgoingFrame(.ready))
            }
        } catch {
            peer.send(OutgoingFrame.startFailure(Failure(thrown: error)))
            end(.factoryThrew)
        }
    }

    /// This program is not one that the primary can use.
    private func refuse(_ reason: String) {
        peer.send(OutgoingFrame.startFailure(Failure(.unsupported, typeName: "ClusterError", text: reason)))
        WorkerExit.incompatible.say(reason)
        end(.incompatible)
    }

    // MARK: Leaving

    func onShutdown(_ work: @escaping @Sendable () async -> Void) { shutdownWork.withLock { $0.append(work) } }

    /// Any thread, also inside a method; returns when it is written, or queued behind what the primary has not read.
    func report(_ error: any Error) {
        let dropped = droppedReports.withLock { dropped in
            defer { dropped = 0 }
            return dropped
        }
        let body = (try? Body.encode(Failure(reported: error))) ?? []
        if !peer.sendNow(OutgoingFrame(.report, FrameNumbers(dropped), body: body)) {
            droppedReports.withLock { $0 += dropped + 1 }
        }
    }

    /// Called as the process exits: what has been sent is waited for, within a limit.
    func flush() { peer.flush(within: Limits.lastWords) }

    /// By its own wish or an operator's: the primary starts no other in its place, and has it drain. Any thread.
    func leaveByWish() { peer.send(OutgoingFrame(.leaving)) }

    private func drain() {
        guard state.with(loop, { $0.hasRoot }) else { return leave() }
        peer.drain { self.leave() }
    }

    /// Does the shutdown work, last registered first, and exits.
    private func leave() {
        let isFirst = state.with(loop) { state in
            defer { state.isLeaving = true }
            return !state.isLeaving
        }
        guard isFirst else { return }
        Task.detached(executorPreference: loop) {
            while let work = self.shutdownWork.withLock({ $0.popLast() }) { await work() }
            self.end(.asked)
        }
    }

    /// Exits when everything that was sent is written: a primary that is slow to read is waited for, within a limit.
    private func end(_ exit: WorkerExit) {
        loop.execute {
            self.peer.whenWritten { exit.leave() }
            _ = self.loop.schedule(at: MonotonicClock.now + Limits.lastWords) { exit.leave() }
        }
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
            drain()
        case .terminated: try state.with(loop) { $0.system }?.received(termination: frame)
        default: throw ProtocolViolation.notExpected(frame.kind)
        }
    }

    func pong(to ping: FrameNumbers) -> FrameNumbers { pulse.pong(to: Ping(ping)).numbers }

    func receivedHealthCheck(_ id: CallID, from peer: Peer) { pulse.answer(id) }

    func received(_ call: IncomingCall, from peer: Peer) {
        let system = state.with(loop) { $0.hasRoot ? $0.system : nil }
        guard let system else { return peer.finish(call.id, with: .failure(Failure(.targetMissing), id: call.id)) }
        system.received(call, from: peer)
    }

    /// The primary is gone, or does not fit. The loop keeps the limit, so a process whose threads all spin goes too.
    func disconnected(_ peer: Peer, _ violation: (any Error)?) {
        if case ProtocolViolation.otherVersion? = violation {
            return WorkerExit.incompatible.leave("the primary speaks another version of the protocol")
        }
        events.tell(.primaryLost)
        if let system = state.with(loop, { $0.system }) {
            system.watch.ended(.primary, Termination(.primary, .unreachable))
            system.watch.cutOff()
        }
        let now = MonotonicClock.now
        _ = loop.schedule(at: now + Limits.orphanShutdown) { WorkerExit.asked.now() }
        _ = loop.schedule(at: now + Limits.orphanCalls) { self.leave() }
        peer.close(.unknown)
        drain()
    }
}

extension OutgoingFrame {
    static func startFailure(_ failure: Failure) -> OutgoingFrame {
        OutgoingFrame(.failed, body: (try? Body.encode(failure)) ?? [])
    }
}
