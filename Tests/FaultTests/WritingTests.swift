import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

extension ProcessTests {
    @Suite("writing to a pipe")
    struct WritingTests {
        @Test("an error of a write that reading would not find ends the connection, and is told")
        func badDescriptor() async throws {
            let (peer, theirs) = try Self.pipe()
            let (loop, owner) = (try EventLoop.shared(), EndRecorder())
            loop.execute {
                do {
                    try peer.open(owner: owner)
                } catch {
                    Issue.record(error)
                }
            }
            let pipe = RawPipe(theirs)
            let hello = try Body.encode(Hello(fingerprint: 0))
            try pipe.send(OutgoingFrame(.hello, FrameNumbers(Hello.protocolVersion), body: hello))
            try pipe.send(OutgoingFrame(.passing, FrameNumbers(1)))
            let end = try Socket.sharedPair().0
            _ = end.take()
            peer.send(try .introduced(to: peer.worker, number: 1, end))
            #expect(try await eventually { owner.ends.withLock { !$0.isEmpty } })
            #expect(owner.ends.withLock { $0.first }?.hasPrefix("sendmsg") == true)
            withExtendedLifetime(pipe) {}
            loop.execute { peer.close(.unknown) }
        }

        @Test("to wait for what the other end does not look for yet costs the processor next to nothing")
        func waitingForPermission() async throws {
            let (peer, theirs) = try Self.pipe()
            peer.send(try .introduced(to: peer.worker, number: 1, try Socket.sharedPair().0))
            let (time, cost) = try await onOwnThread { () -> (Duration, Duration) in
                let begin = MonotonicClock.now
                let cost = cpuTime { peer.flush(within: .milliseconds(500)) }
                return (MonotonicClock.now - begin, cost)
            }
            #expect(time >= .milliseconds(500))
            #expect(cost < .milliseconds(100) * TestLength.patience)
            withExtendedLifetime(theirs) {}
        }

        /// A peer without a process, and the other end of its pipe.
        private static func pipe() throws -> (Peer, Socket) {
            let (ours, theirs) = try Socket.pair()
            let peer = Peer(
                ours, worker: WorkerID(group: "probes", slot: 0, incarnation: 1), poolNumber: 0,
                frameLimit: Limits.frame, targets: try TargetTable.ofThisBinary.get(), loop: try EventLoop.shared())
            return (peer, theirs)
        }
    }
}

/// Owns a pipe and keeps how it has ended.
private final class EndRecorder: PeerOwner {
    let ends = Lock<[String]>([])

    func pong(to ping: FrameNumbers) -> FrameNumbers { ping }
    func greeted(_ hello: Hello, by peer: Peer) {}
    func received(_ frame: IncomingFrame, from peer: Peer) {}
    func received(_ call: IncomingCall, from peer: Peer) {}
    func receivedHealthCheck(_ id: CallID, from peer: Peer) {}
    func disconnected(_ peer: Peer, _ violation: (any Error)?) {
        ends.withLock { $0.append(violation.map { "\($0)" } ?? "no error") }
    }
}
