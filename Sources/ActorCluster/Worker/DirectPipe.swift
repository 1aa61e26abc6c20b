import ProcessIO

/// One pipe to another worker. On the event loop.
final class DirectPipe: Sendable {
    private struct State {
        /// For its hello.
        var limit = LoopTimer()
        /// Waits for the other process's end.
        var watch: Task<Void, Never>?
        /// Nothing of it is left but methods that still run.
        var isClosed = false
    }

    let peer: Peer
    let number: UInt64
    private let pipes: DirectPipes
    private let state = LoopConfined(State())

    init(_ socket: Socket, to worker: WorkerID, number: UInt64, of pipes: DirectPipes) {
        (self.number, self.pipes) = (number, pipes)
        let pool = pipes.system.groups.firstIndex(of: worker.group) ?? 0
        peer = Peer(
            socket, worker: worker, poolNumber: UInt32(clamping: pool), frameLimit: pipes.system.frameLimit,
            targets: pipes.system.targets, loop: pipes.loop)
        peer.use(pipes.system.posts, bodyLimit: pipes.system.frameLimit)
        peer.holdCalls()
    }

    var process: UInt64 { peer.worker.incarnation }

    /// Says hello, and waits for the other one's.
    func open() throws {
        try peer.open(owner: self)
        let hello = try Body.encode(Hello(fingerprint: pipes.system.targets.fingerprint))
        peer.send(OutgoingFrame(.hello, FrameNumbers(Hello.protocolVersion), body: hello))
        state.with(pipes.loop) { state in
            state.limit.set(to: MonotonicClock.now + Limits.hello, on: pipes.loop) { self.peer.disconnect(nil) }
        }
    }

    /// Asks the other worker to send no more calls but nested ones, and to say so behind those that it has sent.
    func leave() {
        if peer.isGreeted { peer.send(OutgoingFrame(.leaving)) } else { peer.disconnect(nil) }
    }

    /// Waits until it is known how the other process has ended, for as long as that is worth waiting for.
    func awaitEnd(_ known: @escaping @Sendable (ExitStatus) -> Void) {
        let (loop, system, scope) = (pipes.loop, pipes.system, ActorID.Scope.incarnation(process))
        let watch = Task.detached {
            let end = await system.waitForEnd(of: scope)
            loop.execute { known(end?.status ?? .unknown) }
        }
        state.with(loop) { state in
            state.watch = watch
            state.limit.set(to: MonotonicClock.now + Limits.partnersEnd, on: loop) { watch.cancel() }
        }
    }

    /// Its calls fail so, and what it asked for is not wanted any more.
    func close(_ status: ExitStatus) {
        state.with(pipes.loop) { state in
            state.limit.stop(on: pipes.loop)
            state.isClosed = true
        }
        peer.close(status)
    }

    var isClosed: Bool { state.with(pipes.loop) { $0.isClosed } }
}

extension DirectPipe: PeerOwner {
    func greeted(_ hello: Hello, by peer: Peer) throws {
        guard hello.assignment == nil else { throw ProtocolViolation.notExpected(.hello) }
        state.with(pipes.loop) { $0.limit.stop(on: pipes.loop) }
        pipes.greeted(self)
    }

    func received(_ frame: IncomingFrame, from peer: Peer) throws {
        switch frame.kind {
        // The other one is about to leave.
        case .leaving: peer.drain()
        case .drain: pipes.mayDrain(self)
        default: throw ProtocolViolation.notExpected(frame.kind)
        }
    }

    func received(_ call: IncomingCall, from peer: Peer) {
        // A worker passes nothing on.
        guard call.scope == nil else { return peer.disconnect(ProtocolViolation.notExpected(.route)) }
        pipes.received(call, from: peer)
    }

    func hasWork(besides peer: Peer) -> Bool { pipes.hasWork(besides: peer) }

    /// Workers do not ask each other how they are.
    func pong(to ping: FrameNumbers) -> FrameNumbers { FrameNumbers(ping.first) }

    func receivedHealthCheck(_ id: CallID, from peer: Peer) throws { throw ProtocolViolation.notExpected(.health) }

    func disconnected(_ peer: Peer, _ violation: (any Error)?) {
        pipes.ended(self, isBroken: violation != nil)
    }
}
