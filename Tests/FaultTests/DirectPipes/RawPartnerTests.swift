import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    /// A real worker between a primary and another worker that are both the test's.
    @Suite("pipes between workers, frame by frame")
    struct RawPartners {
        private static func withCourier(_ body: @escaping @Sendable (RawPrimary) throws -> Void) async throws {
            try await withRawPrimary { primary in
                try primary.start(group: "couriers")
                try primary.beginToPass()
                try body(primary)
            }
        }

        private static var echo: String {
            get throws { try Targets.named("Courier.echo(_:afterMilliseconds:call:)") }
        }

        private static func echoArguments(_ number: Int) throws -> [UInt8] {
            try Body.encode(number) + Body.encode(0) + Body.encode(0 as UInt64)
        }

        @Test(
            "D14: workers with other tables exchange their names through their pipe; each calls by the other's numbers")
        func otherNames() async throws {
            try await Self.withCourier { primary in
                let partner = try RawPartner(primary, number: 1)
                try partner.sendHello(fingerprint: 1)
                _ = try partner.receive(.hello)
                let list = try partner.receive(.names)
                let first = try list.body.withUnsafeBytes { try Body.decode([String].self, from: $0) }
                #expect(first.first == primary.names.first)
                let echo = try Self.echo
                try partner.pipe.send(try .names(["nothing", echo], of: 2))
                let call = CallRequest.method(
                    actor: ActorID.rootNumber, target: try primary.number(of: echo),
                    arguments: .whole(try Self.echoArguments(5)))
                try partner.pipe.send(.call(id: 1, call, remaining: .max))
                var answer = try #require(try partner.pipe.receive(within: RawPrimary.patience))
                while answer.kind == .names { answer = try partner.receiveNext() }
                #expect(answer.kind == .reply)
                #expect(answer.body == (try Body.encode(5)))

                // Its own calls the other way: one by way of the primary, then a question behind it.
                try Self.expectSwitch(primary, partner, number: 1)
            }
        }

        /// Has the worker call its partner until it does so directly, by the partner's number for the method.
        private static func expectSwitch(_ primary: RawPrimary, _ partner: RawPartner, number: UInt64) throws {
            let ask = try Targets.named("Courier.ask(_:afterMilliseconds:call:)")
            let arguments = try Body.encode(partner.address) + Body.encode(0) + Body.encode(0 as UInt64)
            let first = try primary.send(ask, arguments)
            let (call, question) = (try primary.receive(.route), try primary.receive(.route))
            #expect([call.numbers.fifth, question.numbers.fifth] == [2, 2])
            #expect(call.numbers.second == 1 && question.numbers.second > 1_000_000)
            // Not before the question is answered.
            let second = try primary.send(ask, arguments)
            #expect(throws: RawPipe.Failure.timeout) { try partner.pipe.receive(within: .milliseconds(50)) }
            try primary.pipe.send(.reply(id: question.id, body: []))
            let direct = try partner.receive(.call)
            #expect(direct.numbers.fourth & 0xFFFF == number)
            try partner.pipe.send(.reply(id: direct.id, body: try Body.encode(8)))
            try primary.pipe.send(.reply(id: call.id, body: try Body.encode(7)))
            #expect(try primary.answer(to: second) == .reply(try Body.encode(8)))
            #expect(try primary.answer(to: first) == .reply(try Body.encode(7)))
        }

        @Test("when the question is not answered, calls that waited go by way of the primary")
        func goesBack() async throws {
            try await Self.withCourier { primary in
                let partner = try RawPartner(primary, number: 1)
                try partner.greet()
                let ask = try Targets.named("Courier.ask(_:afterMilliseconds:call:)")
                let arguments = try Body.encode(partner.address) + Body.encode(0) + Body.encode(0 as UInt64)
                let first = try primary.send(ask, arguments)
                let (call, question) = (try primary.receive(.route), try primary.receive(.route))
                let second = try primary.send(ask, arguments)
                #expect(throws: RawPipe.Failure.timeout) { try primary.pipe.receive(within: .milliseconds(50)) }
                try primary.pipe.send(.failure(Failure(.shuttingDown), id: question.id))
                let again = try primary.receive(.route)
                #expect(again.numbers.second == 1)
                for route in [call, again] { try primary.pipe.send(.reply(id: route.id, body: try Body.encode(7))) }
                for id in [first, second] { #expect(try primary.answer(to: id) == .reply(try Body.encode(7))) }
            }
        }

        @Test("D2, D13: whatever no worker sends ends that pipe and nothing else; the primary is told")
        func broken() async throws {
            try await Self.withCourier { primary in
                let frames = [
                    OutgoingFrame(.route, FrameNumbers(1, 1, .max, 0, 3)), OutgoingFrame(.health, FrameNumbers(1)),
                    OutgoingFrame(.introduced, FrameNumbers(3, 3)), OutgoingFrame(.introduce, FrameNumbers(3)),
                    OutgoingFrame(.parted, FrameNumbers(3, 3)), OutgoingFrame(.ready), OutgoingFrame(.report),
                    OutgoingFrame(.hello, FrameNumbers(Hello.protocolVersion)), OutgoingFrame(.reply, FrameNumbers(9)),
                ]
                for (index, frame) in frames.enumerated() {
                    let number = UInt64(index) + 1
                    let partner = try RawPartner(primary, number: number, process: number + 1)
                    try partner.greet()
                    try partner.pipe.send(frame)
                    #expect(try partner.isAtEnd, "\(frame)")
                    #expect(try primary.receive(.parted).numbers == FrameNumbers(number + 1, number))
                }
                let late = try RawPartner(primary, number: 50, process: 51)
                try late.sendHello(version: Hello.protocolVersion + 1)
                #expect(try late.isAtEnd)
                #expect(try primary.receive(.parted).numbers == FrameNumbers(51, 50))
                #expect(try primary.call(Self.echo, Self.echoArguments(3)) == .reply(Body.encode(3)))
            }
        }

        @Test("D2: random bytes, as a first frame or behind a hello, end that pipe and nothing else")
        func garbage() async throws {
            try await Self.withCourier { primary in
                var random = SeededGenerator(seed: TestLength.seed)
                for round in 1...UInt64(TestLength.rounds(100, long: 5_000)) {
                    let partner = try RawPartner(primary, number: round, process: round + 1)
                    if round % 2 == 0 { try partner.greet() }
                    let bytes = (0..<200).map { _ in UInt8.random(in: 0...255, using: &random) }
                    try? partner.pipe.send(bytes: bytes)
                    partner.pipe.close()
                    #expect(try primary.receive(.parted).numbers == FrameNumbers(round + 1, round))
                }
                #expect(try primary.call(Self.echo, Self.echoArguments(3)) == .reply(Body.encode(3)))
            }
        }

        @Test(
            "an introduction without a descriptor, of a process that it does not name, or of nobody ends the pipe to the primary",
            arguments: 0..<4)
        func brokenIntroductions(number: Int) async throws {
            try await Self.withCourier { primary in
                let (_, end) = try Socket.sharedPair()
                let worker = WorkerID(group: "couriers", slot: 1, incarnation: 2)
                let head = OutgoingFrame(.descriptors, FrameNumbers(1))
                let frame: OutgoingFrame
                switch number {
                case 0:
                    try primary.pipe.send(try .introduced(to: worker, number: 1, end))
                    frame = OutgoingFrame(.parted, FrameNumbers(1, 1))
                case 1: frame = OutgoingFrame(.introduced, FrameNumbers(3, 1), body: try Body.encode(worker))
                case 2: frame = OutgoingFrame(.introduced, FrameNumbers(2, 1), body: [0xC4, 0xFF])
                default: frame = OutgoingFrame(.parted, FrameNumbers(2, 1))
                }
                try? primary.pipe.send(bytes: RawPipe.bytes(of: head) + RawPipe.bytes(of: frame), passing: end)
                #expect(primary.worker.waitForExit(within: .seconds(1) * TestLength.patience) == .code(0))
            }
        }

        @Test(
            "F6: a primary without descriptors refuses a pipe for the moment; one who asks for nobody is refused for good"
        )
        func primaryRefuses() async throws {
            let loop = try EventLoop.shared()
            let mayMake = Lock(false)
            let introducer = Introducer(loop: loop) { () throws(SystemError) in
                guard mayMake.withLock({ $0 }) else { throw SystemError(call: "socketpair", code: EMFILE) }
                return try Socket.sharedPair()
            }
            let worker = try GreetedWorker(1, loop)
            let other = try GreetedWorker(2, loop)
            defer { for worker in [worker, other] { worker.end() } }
            #expect(try await eventually { worker.isGreeted && other.isGreeted })
            func ask(_ process: UInt64, _ peer: Peer?) {
                loop.execute { introducer.asked(by: worker.peer, for: process, peer) }
            }
            ask(1, worker.peer)
            ask(9, nil)
            ask(2, other.peer)
            let refused = try await onOwnThread {
                try (0..<3).compactMap { _ in try worker.pipe.receive(within: RawPrimary.patience)?.numbers }
            }
            #expect(refused == [FrameNumbers(1, 1), FrameNumbers(9, 1), FrameNumbers(2, 0)])
            mayMake.withLock { $0 = true }
            ask(2, other.peer)
            let frame = try await onOwnThread { try worker.pipe.receive(within: RawPrimary.patience) }
            #expect(frame?.kind == .passing)
        }
    }
}

extension RawPartner {
    fileprivate func receiveNext() throws -> RawFrame { try #require(try pipe.receive(within: RawPrimary.patience)) }
}

/// A worker as a primary has it that is this process; the worker is the test's.
private final class GreetedWorker: PeerOwner {
    let peer: Peer
    nonisolated(unsafe) let pipe: RawPipe
    private let greeted = Lock(false)
    private let loop: EventLoop

    init(_ incarnation: UInt64, _ loop: EventLoop) throws {
        let (ours, theirs) = try Socket.pair()
        self.loop = loop
        pipe = RawPipe(theirs)
        peer = Peer(
            ours, worker: WorkerID(group: "probes", slot: 0, incarnation: incarnation), poolNumber: 0,
            frameLimit: Limits.frame,
            targets: try TargetTable.ofThisBinary.get(), loop: loop)
        let hello = Hello(fingerprint: try Targets.fingerprint)
        try pipe.send(OutgoingFrame(.hello, FrameNumbers(Hello.protocolVersion), body: try Body.encode(hello)))
        loop.execute { try? self.peer.open(owner: self) }
    }

    var isGreeted: Bool { greeted.withLock { $0 } }

    func end() {
        loop.execute {
            self.peer.readToEnd()
            self.peer.close(.unknown)
        }
    }

    func greeted(_ hello: Hello, by peer: Peer) { greeted.withLock { $0 = true } }
    func received(_ frame: IncomingFrame, from peer: Peer) {}
    func received(_ call: IncomingCall, from peer: Peer) {}
    func pong(to ping: FrameNumbers) -> FrameNumbers { ping }
    func receivedHealthCheck(_ id: CallID, from peer: Peer) {}
    func disconnected(_ peer: Peer, _ violation: (any Error)?) {}
}
