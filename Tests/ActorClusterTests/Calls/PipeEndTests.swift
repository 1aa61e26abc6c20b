import ActorClusterTesting
import Distributed
import Foundation
import ProcessIO
import Testing

@testable import ActorCluster

/// One pipe of this process whose other end is the test's.
@Suite("what is held or still in the pipe when it ends", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct PipeEndTests {
    private let pipe: TestedPipe

    init() async throws {
        pipe = try TestedPipe(EventLoop.shared())
        #expect(try await pipe.will { $0.owner.isGreeted })
    }

    @Test("C-16: what was sent with descriptors, each in a message of its own, is all delivered before the end")
    func readToEnd() async throws {
        try pipe.raw.send(OutgoingFrame(.passing, FrameNumbers(0)))
        let answer = try await onOwnThread { [pipe] in try pipe.raw.receive(within: .seconds(10)) }
        #expect(answer?.kind == .passing)
        let (descriptor, _) = try Socket.sharedPair()
        await pipe.onLoop { pipe in
            for id in 1...3 as ClosedRange<UInt64> {
                let frames = [OutgoingFrame(.descriptors, FrameNumbers(1)), TestedPipe.call(id)]
                try? pipe.raw.send(bytes: frames.flatMap(RawPipe.bytes), passing: descriptor)
            }
            try? pipe.raw.send(TestedPipe.call(4))
            pipe.peer.readToEnd()
        }
        #expect(pipe.owner.calls == [1, 2, 3, 4])
        #expect(pipe.owner.hasEnded)
        await pipe.close()
    }

    @Test("F4: calls that are held when the pipe ends never begin, are counted no more, and are let go of")
    func heldAtTheEnd() async throws {
        await pipe.onLoop { $0.fill() }
        for id in 1...5 as ClosedRange<UInt64> { try pipe.raw.send(TestedPipe.call(id)) }
        #expect(try await pipe.will { $0.peer.counts().running == 5 })
        let isDrained = Lock(false)
        await pipe.onLoop { pipe in
            pipe.peer.drain { isDrained.withLock { $0 = true } }
            pipe.end()
        }
        #expect(try await eventually { isDrained.withLock { $0 } })
        #expect(pipe.peer.counts().running == 0)
        #expect(pipe.owner.begun == [])
        #expect(try await pipe.will { $0.owner.alive == 0 })
    }

    @Test("C-09: calls that were held begin before those that came later")
    func order() async throws {
        let begun = Lock<[UInt64]>([])
        await pipe.onLoop { pipe in
            let note: @Sendable (UInt64) -> Void = { lane in begun.withLock { $0.append(lane) } }
            for lane in [3, 4] as [UInt64] { pipe.loop.start(Noted(lane, note)) }
            pipe.loop.startFirst([1, 2].map { Noted($0, note) })
        }
        #expect(try await eventually { begun.withLock { $0 } == [1, 2, 3, 4] })
        await pipe.close()
    }

    @Test("C-16: a peer that calls what is not there and reads no answer is cut off, and does not fill the memory")
    func refusalsAreBounded() async throws {
        let sent = try await onOwnThread { [pipe] in
            var id: UInt64 = 0
            // Each answer has some 60 bytes: 1 MiB of them is queued, then so many calls are held.
            while id < 200_000, !pipe.owner.hasEnded {
                id += 1
                do { try pipe.raw.send(TestedPipe.call(id, actor: 99)) } catch { break }
            }
            return id
        }
        #expect(try await pipe.will { $0.owner.hasEnded })
        #expect(sent < 200_000)
        let most = Limits.outboundHigh / 20 + Limits.requestsHeld
        #expect(pipe.owner.calls.count <= most, "\(pipe.owner.calls.count) calls were taken")
        await pipe.close()
    }
}

private final class Noted: Startable {
    let lane: UInt64
    private let note: @Sendable (UInt64) -> Void

    init(_ lane: UInt64, _ note: @escaping @Sendable (UInt64) -> Void) { (self.lane, self.note) = (lane, note) }

    func start() { note(lane) }
}

private final class TestedPipe: Sendable {
    let loop: EventLoop
    let peer: Peer
    let owner = Owner()
    // Each test uses it from one place at a time.
    nonisolated(unsafe) let raw: RawPipe

    init(_ loop: EventLoop) throws {
        let (ours, theirs) = try Socket.pair()
        let targets = try TargetTable.ofThisBinary.get()
        self.loop = loop
        raw = RawPipe(theirs)
        peer = Peer(
            ours, worker: WorkerID(group: "g", slot: 0, incarnation: 1), poolNumber: 0, frameLimit: Limits.frame,
            targets: targets, loop: loop)
        let hello = try Body.encode(Hello(fingerprint: targets.fingerprint))
        try raw.send(OutgoingFrame(.hello, FrameNumbers(Hello.protocolVersion), body: hello))
        loop.execute { [peer, owner] in try? peer.open(owner: owner) }
    }

    static func call(_ id: CallID, actor: UInt64 = 1) -> OutgoingFrame {
        OutgoingFrame(.call, FrameNumbers(id, actor, .max, 0))
    }

    func will(_ condition: @escaping @Sendable (TestedPipe) -> Bool) async throws -> Bool {
        try await eventually { condition(self) }
    }

    func onLoop(_ body: @escaping @Sendable (TestedPipe) -> Void) async {
        await suspended { (waiter: Suspension<Void>) in
            loop.execute {
                body(self)
                waiter.resume()
            }
        }
    }

    func close() async { await onLoop { $0.end() } }

    func end() {
        peer.disconnect(nil)
        peer.close(.unknown)
    }

    /// Queues more than may be queued before requests have to wait.
    func fill() {
        for _ in 0..<40 { peer.send(OutgoingFrame(.report, body: [UInt8](repeating: 0, count: 60_000))) }
    }
}

/// Notes what comes. Calls of actor 1 are started, those of others refused.
private final class Owner: PeerOwner {
    private struct State {
        var isGreeted = false
        var hasEnded = false
        var calls: [CallID] = []
        var begun: [CallID] = []
        var alive = 0
    }

    private let state = Lock(State())

    var isGreeted: Bool { state.withLock { $0.isGreeted } }
    var hasEnded: Bool { state.withLock { $0.hasEnded } }
    var calls: [CallID] { state.withLock { $0.calls } }
    var begun: [CallID] { state.withLock { $0.begun } }
    var alive: Int { state.withLock { $0.alive } }

    func greeted(_ hello: Hello, by peer: Peer) { state.withLock { $0.isGreeted = true } }
    func received(_ frame: IncomingFrame, from peer: Peer) {}
    func pong(to ping: FrameNumbers) -> FrameNumbers { ping }
    func receivedHealthCheck(_ id: CallID, from peer: Peer) {}
    func disconnected(_ peer: Peer, _ violation: (any Error)?) { state.withLock { $0.hasEnded = true } }

    func received(_ call: IncomingCall, from peer: Peer) {
        state.withLock { $0.calls.append(call.id) }
        guard call.actor == 1 else { return peer.refuse(call, Failure(.targetMissing)) }
        peer.loop.start(Work(call.id, peer, self))
    }

    private final class Work: IncomingWork {
        let lane: UInt64 = 1
        private let id: CallID
        private let peer: Peer
        private let owner: Owner

        init(_ id: CallID, _ peer: Peer, _ owner: Owner) {
            (self.id, self.peer, self.owner) = (id, peer, owner)
            owner.state.withLock { $0.alive += 1 }
        }

        deinit { owner.state.withLock { $0.alive -= 1 } }

        func start() {
            guard peer.mayStart(self, id, deadline: .distantFuture) else { return }
            owner.state.withLock { $0.begun.append(id) }
            peer.finish(id, with: .reply(id: id, body: []))
        }

        func cancel() {}
    }
}
