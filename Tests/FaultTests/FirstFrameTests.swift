import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

extension ProcessTests {
    @Suite("the first frame")
    struct FirstFrameTests {
        @Test(
            "whatever is queued with it, the hello is the first frame on a pipe",
            arguments: [FrameKind.ping, .drain, .health])
        func helloIsFirst(other: FrameKind) async throws {
            let loop = try EventLoop.shared()
            let (ours, theirs) = try Socket.pair()
            let peer = Peer(
                ours, worker: WorkerID(group: "probes", slot: 0, incarnation: 1), frameLimit: Limits.frame,
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
    }
}
