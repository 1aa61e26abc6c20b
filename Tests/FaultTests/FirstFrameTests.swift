import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

extension ProcessTests {
    @Suite("the first frame and the last")
    struct FirstFrameTests {
        @Test(
            "whatever is queued with it, the hello is the first frame on a pipe",
            arguments: [FrameKind.ping, .drain, .health])
        func helloIsFirst(other: FrameKind) async throws {
            let loop = try EventLoop.shared()
            let (ours, theirs) = try Socket.pair()
            let peer = Peer(
                ours, worker: WorkerID(group: "probes", slot: 0, incarnation: 1), poolNumber: 0,
                frameLimit: Limits.frame,
                targets: try TargetTable.ofThisBinary.get(),
                loop: loop)
            // In one piece of the loop's work, so that both leave in one turn.
            loop.execute {
                peer.send(OutgoingFrame(.hello, FrameNumbers(Hello.protocolVersion), body: [1]))
                peer.send(OutgoingFrame(other, FrameNumbers(1)))
            }
            try await onOwnThread {
                let pipe = RawPipe(theirs)
                let kinds = try [pipe.receive(within: .seconds(10))?.kind, pipe.receive(within: .seconds(10))?.kind]
                #expect(kinds == [.hello, other])
            }
        }

        @Test("a process that exits waits until a slow reader has taken its last word")
        func lastFrameIsWritten() async throws {
            let loop = try EventLoop.shared()
            let (ours, theirs) = try Socket.pair()
            let peer = Peer(
                ours, worker: WorkerID(group: "probes", slot: 0, incarnation: 1), poolNumber: 0,
                frameLimit: Limits.frame,
                targets: try TargetTable.ofThisBinary.get(), loop: loop)
            await suspended { (queued: Suspension<Void>) in
                loop.execute {
                    #expect(throws: Never.self) { try peer.open(owner: Nobody()) }
                    peer.send(OutgoingFrame(.hello, FrameNumbers(Hello.protocolVersion), body: [1]))
                    // More than a socket takes.
                    for _ in 0..<16 { peer.send(OutgoingFrame(.reply, body: [UInt8](repeating: 0, count: 60_000))) }
                    peer.send(OutgoingFrame(.failed, body: [2]))
                    queued.resume(returning: ())
                }
            }
            let hasBegun = Lock(false)
            let isWritten = Lock(false)
            async let flushing: Void = onOwnThread {
                hasBegun.withLock { $0 = true }
                peer.flush(within: .seconds(10))
                isWritten.withLock { $0 = true }
            }
            let isFlushing = try await eventually { hasBegun.withLock { $0 } }
            #expect(isFlushing)
            let kinds = try await onOwnThread { () -> [FrameKind] in
                let pipe = RawPipe(theirs)
                var kinds: [FrameKind] = []
                while kinds.last != .failed, let frame = try pipe.receive(within: .seconds(10)) {
                    kinds.append(frame.kind)
                    // What has not been read is still more than a socket takes.
                    if kinds.count <= 4 { #expect(!isWritten.withLock { $0 }) }
                }
                return kinds
            }
            #expect(kinds.count == 18 && kinds.last == .failed)
            try await flushing
            #expect(isWritten.withLock { $0 })
        }
    }
}

/// Owns a pipe and does nothing about it.
private final class Nobody: PeerOwner {
    func pong(to ping: FrameNumbers) -> FrameNumbers { ping }
    func greeted(_ hello: Hello, by peer: Peer) {}
    func received(_ frame: IncomingFrame, from peer: Peer) {}
    func received(_ call: IncomingCall, from peer: Peer) {}
    func receivedHealthCheck(_ id: CallID, from peer: Peer) {}
    func disconnected(_ peer: Peer, _ violation: (any Error)?) {}
}
