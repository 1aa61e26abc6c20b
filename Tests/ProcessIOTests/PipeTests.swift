import ActorClusterTesting
import ProcessIO
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A `WriteQueue` and a `FrameDecoder` with a socket between them that takes what it likes.
private struct Pipe {
    struct Frame: Equatable {
        let bytes: [UInt8]
        let token: UInt64?
    }

    var queue = WriteQueue()
    var decoder = FrameDecoder(limit: 1 << 20)
    var ordinary: [Frame] = []
    var control: [Frame] = []
    var arrived = (ordinary: 0, control: 0)
    private var stamp: UInt64 = 0

    static let sizes = [1, 2, 17, 18, 300, 65_519, 65_535, 65_536, 65_537, 65_540, 131_072, 131_073, 300 << 10]

    /// Frames that are long enough carry their token behind their first byte, which says what they are.
    mutating func append(size: Int, isControl: Bool) {
        stamp += 1
        let token = size > 9 ? stamp : nil
        var bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: stamp), count: size)
        bytes[0] = isControl ? 1 : 0
        if let token { bytes.withUnsafeMutableBytes { $0.storeBytes(of: token, toByteOffset: 1, as: UInt64.self) } }
        if !isControl, size % 2 == 0 {
            let cut = size / 3
            queue.append(parts: [Array(bytes[..<cut]), Array(bytes[cut...])], token: token)
        } else {
            queue.append(size: size, token: token, isControl: isControl) { $0.copyBytes(from: bytes) }
        }
        if isControl {
            control.append(Frame(bytes: bytes, token: token))
        } else {
            ordinary.append(Frame(bytes: bytes, token: token))
        }
    }

    /// The socket takes as much as `portion` says of what it is offered.
    mutating func write(_ portion: (Int) -> Int) throws {
        let pieces = queue.take()
        let offered = pieces.reduce(0) { $0 + $1.range.count }
        try checkTokens(pieces)
        var left = portion(offered)
        let written = left
        for piece in pieces where left > 0 {
            let step = min(left, piece.range.count)
            try deliver(piece.bytes, piece.range.prefix(step))
            left -= step
        }
        queue.wrote(written)
    }

    /// Those and only those frames are in flight that the decoder would complete if it got all that was handed out.
    private func checkTokens(_ pieces: [WriteQueue.Piece]) throws {
        var (probe, tokens) = (decoder, [UInt64]())
        for piece in pieces {
            try Self.decode(piece.bytes, piece.range, with: &probe) { frame in
                if frame.count > 9 { tokens.append(frame.loadUnaligned(fromByteOffset: 1, as: UInt64.self)) }
            }
        }
        if tokens != queue.tokensInFlight { throw Mismatch(what: "tokens", index: tokens.count) }
    }

    private mutating func deliver(_ bytes: [UInt8], _ range: Range<Int>) throws {
        var arrived = arrived
        try Self.decode(bytes, range, with: &decoder) { frame in
            let isControl = frame[0] == 1
            let index = isControl ? arrived.control : arrived.ordinary
            let sent = isControl ? control : ordinary
            guard index < sent.count, Self.equal(frame, sent[index].bytes) else {
                throw Mismatch(what: isControl ? "control frame" : "frame", index: index)
            }
            if isControl { arrived.control += 1 } else { arrived.ordinary += 1 }
        }
        self.arrived = arrived
    }

    private static func decode(
        _ bytes: [UInt8], _ range: Range<Int>, with decoder: inout FrameDecoder,
        _ onFrame: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try bytes.withUnsafeBytes { bytes in
            var rest = bytes[range]
            while !rest.isEmpty { try decoder.read(&rest, atMost: .max) { try onFrame($0.bytes) } }
        }
    }

    private static func equal(_ left: UnsafeRawBufferPointer, _ right: [UInt8]) -> Bool {
        right.withUnsafeBytes { right in
            guard left.count == right.count, let left = left.baseAddress, let bytes = right.baseAddress else {
                return false
            }
            return memcmp(left, bytes, right.count) == 0
        }
    }
}

private struct Mismatch: Error {
    let what: String
    let index: Int
}

@Suite("WriteQueue to FrameDecoder", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct PipeTests {
    @Test("whatever the socket takes, what comes out is what went in, and what is in flight is known")
    func roundTrip() {
        for seed in 1...UInt64(TestLength.rounds(60, long: 500)) {
            #expect(throws: Never.self, "seed \(seed)") { try Self.run(seed) }
        }
    }

    private static func run(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var pipe = Pipe()
        let isMean = Bool.random(using: &generator)
        for _ in 0..<120 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<3:
                pipe.append(
                    size: Pipe.sizes[Int.random(in: Pipe.sizes.indices, using: &generator)], isControl: false)
            case 3..<5: pipe.append(size: Int.random(in: 1...2_000, using: &generator), isControl: false)
            case 5: pipe.append(size: Int.random(in: 1...30, using: &generator), isControl: true)
            default:
                try pipe.write { offered in
                    let most = isMean ? min(offered, 20_000) : offered
                    return Int.random(in: 0...3, using: &generator) == 0
                        ? 0 : Int.random(in: 0...most, using: &generator)
                }
            }
        }
        while !pipe.queue.isEmpty { try pipe.write { $0 } }
        #expect(pipe.queue.byteCount == 0)
        #expect(pipe.queue == WriteQueue())
        #expect(pipe.decoder.isBetweenFrames)
        #expect(pipe.arrived == (pipe.ordinary.count, pipe.control.count))
    }

    @Test("a frame cut at any byte of it is in flight until its last byte is written")
    func everyByte() throws {
        for size in [1, 10, 40] {
            for count in 0...(size + FrameLayout.wordSize) {
                var queue = WriteQueue()
                queue.append(size: size, token: 5) { $0.initializeMemory(as: UInt8.self, repeating: 1) }
                let bytes = queue.take().flatMap { $0.bytes[$0.range] }
                queue.wrote(count)
                #expect(queue.tokensInFlight == (count == bytes.count ? [] : [5]))
                var decoder = FrameDecoder(limit: 100)
                #expect(try decoder.frames(in: Array(bytes.prefix(count))).count == (count == bytes.count ? 1 : 0))
            }
        }
    }
}
