import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

@Suite("Frames", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct FrameTests {
    private static let kinds: [FrameKind] = [
        .hello, .names, .ready, .failed, .call, .route, .reply, .error, .cancel, .ping, .pong, .drain, .health, .post,
        .posted, .introduce, .introduced, .parted, .descriptors, .passing, .watch, .terminated, .report, .leaving,
        .over,
    ]

    private static func bytes(_ frame: OutgoingFrame) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: frame.size) { buffer, count in
            frame.fill(UnsafeMutableRawBufferPointer(buffer))
            count = frame.size
        }
    }

    private static func read<Result>(_ bytes: [UInt8], _ body: (IncomingFrame?) throws -> Result) throws -> Result {
        try bytes.withUnsafeBytes { try body(try IncomingFrame.read(WholeFrame($0))) }
    }

    private static func numberCount(_ kind: FrameKind) -> Int {
        switch kind {
        case .ready, .failed, .drain, .leaving, .over: 0
        case .call: 4
        case .ping: 3
        case .posted, .introduced, .parted: 2
        case .route, .pong: 5
        default: 1
        }
    }

    @Test("every kind of frame is read as it was written", arguments: kinds)
    func roundTrip(kind: FrameKind) throws {
        let sent: [UInt64] = [.max, 2, 1 << 63, 4, 5]
        let frame = OutgoingFrame(kind, FrameNumbers(sent[0], sent[1], sent[2], sent[3], sent[4]), body: [1, 2, 3])
        let count = Self.numberCount(kind)
        try Self.read(Self.bytes(frame)) { frame in
            let frame = try #require(frame)
            #expect(frame.kind == kind)
            let numbers = frame.numbers
            let read = [numbers.first, numbers.second, numbers.third, numbers.fourth, numbers.fifth]
            #expect(read == Array(sent.prefix(count)) + Array(repeating: 0, count: 5 - count))
            #expect(Array(frame.body) == [1, 2, 3])
        }
    }

    @Test("a frame cut short anywhere before its body is a violation, never a trap", arguments: kinds)
    func truncated(kind: FrameKind) throws {
        let frame = OutgoingFrame(kind, FrameNumbers(1, 2, 3, 4, 5))
        let bytes = Self.bytes(frame)
        for count in 1..<bytes.count {
            #expect(throws: ProtocolViolation.truncated(kind)) {
                try Self.read(Array(bytes.prefix(count))) { _ in }
            }
        }
        #expect(throws: ProtocolViolation.frame("an empty frame")) { try Self.read([]) { _ in } }
    }

    @Test("D13: an unknown kind is a violation, one with its top bit set is skipped")
    func unknownKinds() throws {
        for kind in UInt8.min...UInt8.max where FrameKind(rawValue: kind) == nil {
            if kind >= 128 {
                #expect(try Self.read([kind, 1, 2]) { $0 == nil })
            } else {
                #expect(throws: ProtocolViolation.unknownKind(kind)) { try Self.read([kind]) { _ in } }
            }
        }
    }

    @Test("D2: random bytes are a frame, a skipped frame or a violation, never a trap")
    func randomBytes() {
        for seed in 1...UInt64(TestLength.rounds(2_000, long: 50_000)) {
            var generator = SeededGenerator(seed: seed)
            let count = Int.random(in: 1...64, using: &generator)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            if seed % 4 != 0 { bytes[0] = Self.kinds[Int(seed) % Self.kinds.count].rawValue }
            do {
                try Self.read(bytes) { frame in
                    guard let frame else { return }
                    if frame.body.count >= count { Issue.record("seed \(seed)") }
                    _ = try? Body.decode(Failure.self, from: frame.body)
                    _ = try? Body.decode(Hello.self, from: frame.body)
                    _ = try? Body.decode([String].self, from: frame.body)
                    _ = try? Body.decode(WorkerID.self, from: frame.body)
                }
            } catch {
                if !(error is ProtocolViolation) { Issue.record("seed \(seed): \(error)") }
            }
        }
    }

    @Test("what is left of a call's time goes along, and a health check carries its number only")
    func calls() throws {
        let method = CallRequest.method(actor: 7, target: 11, arguments: .whole([9]))
        try Self.read(Self.bytes(.call(id: 3, method, remaining: 5))) { frame in
            let frame = try #require(frame)
            #expect(frame.kind == .call)
            #expect(frame.numbers == FrameNumbers(3, 7, 5, 11))
            #expect(Array(frame.body) == [9])
        }
        let caller = Caller(incarnation: 1 << 40, pool: 3, slot: 2)
        let relayed = CallRequest.relayed(actor: 7, target: 11, arguments: .whole([9]), from: caller)
        try Self.read(Self.bytes(.call(id: 3, relayed, remaining: 5))) { frame in
            let frame = try #require(frame)
            #expect(frame.kind == .relayed && Array(frame.body) == [9])
            #expect(frame.numbers == FrameNumbers(3, 7, 5, 11, 1 << 40, 3 << 32 | 2))
            #expect(Caller(incarnation: frame.numbers.fifth, place: frame.numbers.sixth) == caller)
        }
        try Self.read(Self.bytes(.call(id: 3, .health, remaining: 5))) { frame in
            #expect(frame?.kind == .health)
            #expect(frame?.id == 3)
        }
    }
}
