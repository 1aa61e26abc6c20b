import ActorClusterTesting
import ProcessIO
import Testing

@Suite("FrameDecoder", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct FrameDecoderTests {
    /// Whole frames, a long frame in four slices with control frames between them, and whole frames again.
    private static let frames: [[UInt8]] = [
        FrameStream.frame(1, 1), FrameStream.frame(70, 2), [9], [9], [9], FrameStream.frame(100, 3),
        FrameStream.frame(5, 4),
    ]
    private static let stream: [UInt8] =
        FrameStream.piece(frames[0]) + FrameStream.piece(frames[1])
        + FrameStream.sliced(frames[5], sizes: [1, 40, 58, 1], between: FrameStream.piece([9]))
        + FrameStream.piece(frames[6])

    @Test("D1: frames split at any byte are the same frames")
    func splitAtEveryByte() throws {
        for split in 1...Self.stream.count {
            var decoder = FrameDecoder(limit: 100)
            #expect(try decoder.frames(in: Self.stream, steps: [split, .max]) == Self.frames)
            #expect(decoder.isBetweenFrames)
            #expect(decoder.bufferedBytes == 0)
        }
    }

    @Test("D1: frames that come one byte at a time, or in any chunks, are the same frames")
    func chunks() throws {
        for size in 1...40 {
            var decoder = FrameDecoder(limit: 100)
            #expect(try decoder.frames(in: Self.stream, steps: [size]) == Self.frames)
        }
        for seed in 1...200 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let steps = (0..<300).map { _ in Int.random(in: 1...30, using: &generator) }
            var decoder = FrameDecoder(limit: 100)
            #expect(try decoder.frames(in: Self.stream, steps: steps) == Self.frames, "seed \(seed)")
        }
    }

    enum Shape: CaseIterable {
        case oneFrame, slices, smallFrames

        var stream: [UInt8] {
            let frame = [UInt8](repeating: 7, count: 1 << (self == .oneFrame ? 20 : 16))
            return switch self {
            case .oneFrame: FrameStream.piece(frame)
            case .slices: FrameStream.sliced(frame, sizes: Array(repeating: 1 << 10, count: 1 << 6))
            case .smallFrames:
                Array(repeatElement(FrameStream.piece(FrameStream.frame(12, 1)), count: 1 << 12).joined())
            }
        }
    }

    @Test("D1: 1 MiB in steps of one byte takes linear time", arguments: Shape.allCases)
    func linearTime(shape: Shape) throws {
        let stream = shape.stream
        var decoder = FrameDecoder(limit: 1 << 20)
        let time = try cpuTime {
            try stream.withUnsafeBytes { all in
                for index in all.indices {
                    let byte = UnsafeRawBufferPointer(start: all.baseAddress.map { $0 + index }, count: 1)
                    try decoder.receive(byte) { _ in }
                }
            }
        }
        let perByte: Duration = .microseconds(TestLength.isOptimized ? 1 : 4)
        #expect(time < perByte * stream.count * TestLength.patience)
    }

    @Test("a frame in one piece is handed on where it lies, without a copy")
    func inPlace() throws {
        var decoder = FrameDecoder(limit: 100)
        let stream = FrameStream.piece(FrameStream.frame(20, 1))
        try stream.withUnsafeBytes { all in
            try decoder.receive(all) { frame in #expect(frame.bytes.baseAddress == all.baseAddress.map { $0 + 4 }) }
        }
    }

    @Test("a slice is read to where it belongs, and the long frame is handed on in memory of its own")
    func readToItsPlace() throws {
        var decoder = FrameDecoder(limit: 100)
        var frames: [(bytes: [UInt8], isOwned: Bool, isThere: Bool)] = []
        try Self.stream.withUnsafeBytes { all in
            var rest = all[...]
            while !rest.isEmpty {
                try decoder.read(&rest, atMost: .max) { frame in
                    let isThere = frame.memory?.withUnsafeBytes { $0.baseAddress == frame.bytes.baseAddress } ?? false
                    frames.append((Array(frame.bytes), frame.memory.map { $0 == Array(frame.bytes) } ?? false, isThere))
                }
            }
        }
        #expect(frames.map(\.bytes) == Self.frames)
        #expect(frames.map(\.isOwned) == Self.frames.map { $0.count == 100 })
        #expect(frames.map(\.isThere) == Self.frames.map { $0.count == 100 })
    }

    @Test("what is read of a slice may be nothing")
    func readsNothing() throws {
        var decoder = FrameDecoder(limit: 100)
        let stream = FrameStream.sliced(FrameStream.frame(90, 1), sizes: [50, 40])
        #expect(try decoder.frames(in: Array(stream[..<20])).isEmpty)
        let before = decoder
        try decoder.fillSlice({ _ in 0 }, onFrame: { _ in Issue.record("a frame of nothing") })
        #expect(decoder == before)
        #expect(decoder.expected == .slice(38))
        #expect(try decoder.frames(in: Array(stream[20...])) == [FrameStream.frame(90, 1)])
    }

    @Test("the stream may end between frames only")
    func ends() throws {
        for end in 1..<Self.stream.count {
            var decoder = FrameDecoder(limit: 100)
            let complete = try decoder.frames(in: Array(Self.stream[..<end])).reduce(0) { $0 + $1.count + 4 }
            let isBoundary = complete == end && end <= 4 + 1 + 4 + 70 || end == Self.stream.count - 9
            #expect(decoder.isBetweenFrames == isBoundary, "after \(end) bytes")
        }
    }

    @Test("what onFrame throws comes out of receive")
    func handsOnErrors() {
        struct Refused: Error {}
        var decoder = FrameDecoder(limit: 100)
        #expect(throws: Refused.self) {
            try Self.stream.withUnsafeBytes { try decoder.receive($0) { _ in throw Refused() } }
        }
    }
}
