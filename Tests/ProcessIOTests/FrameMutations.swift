import ActorClusterTesting
import ProcessIO

/// What a decoder makes of a whole stream.
struct Decoded: Equatable {
    var frames: [[UInt8]] = []
    var error: FrameError?
    /// The stream ended where it may.
    var isComplete = false
    /// Memory that was reserved at some moment above twice what had come by then, and a little.
    var excess = 0
}

/// Streams that a correct peer sends, changed a little, and what is to be found out about a decoder with them.
struct FrameMutations {
    static let limit = 120

    typealias Decode = (_ stream: [UInt8], _ steps: Steps) -> Decoded

    /// How a stream comes.
    struct Steps {
        /// So many bytes at a time, and again from the first.
        var sizes: [Int] = [.max]
        /// Slices are read to where they belong.
        var isDirect = false
    }

    private struct Sample {
        var bytes: [UInt8] = []
        /// Each frame, and where it ends.
        var frames: [(frame: [UInt8], end: Int)] = []
    }

    /// Words that mean something, and some that nearly do.
    private static let tokens: [[UInt8]] = {
        let most = UInt32(limit)
        let lengths: [UInt32] = [0, 1, 4, 5, 8, most - 1, most, most + 1, most + 4, most + 5, FrameLayout.lengthMask]
        let marks: [UInt32] = [0, FrameLayout.firstSlice, FrameLayout.laterSlice, 3 << 30]
        return marks.flatMap { mark in lengths.map { FrameStream.word(mark | $0) } }
    }()

    private var random: SeededGenerator
    private var samples: [Sample] = []

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        samples = (0..<100).map { _ in sample() }
    }

    /// What is wrong with the first stream that a decoder does not take as it should; `nil`: nothing in so many rounds.
    mutating func firstFailure(rounds: Int, of decode: Decode = Self.decode) -> String? {
        let plain = PlainDecoder(limit: Self.limit)
        for round in 0..<rounds {
            let sample = samples[random.below(samples.count)]
            var (stream, unchanged) = (sample.bytes, sample.bytes.count)
            for _ in 0..<(random.below(8) == 0 ? 3 : 1) {
                unchanged = min(unchanged, random.mutate(&stream, tokens: Self.tokens))
            }
            var steps = Steps(isDirect: random.below(2) == 0)
            if random.below(4) > 0 { steps.sizes = (0..<4).map { _ in 1 + random.below(60) } }
            let (found, expected) = (decode(stream, steps), plain.decode(stream))
            let before = sample.frames.prefix { $0.end <= unchanged }.map(\.frame)
            guard found == expected, found.frames.starts(with: before) else {
                return "round \(round): \(found) instead of \(expected) from \(stream) in steps of \(steps)"
            }
        }
        return nil
    }

    /// By the decoder itself.
    static func decode(_ stream: [UInt8], _ steps: Steps) -> Decoded {
        var (decoder, result, index) = (FrameDecoder(limit: limit), Decoded(), 0)
        let slack = steps.isDirect ? limit : 64
        stream.withUnsafeBytes { all in
            var rest = all[...]
            func note() {
                let come = all.count - rest.count
                result.excess = max(result.excess, decoder.reservedBytes - 2 * come - slack)
            }
            defer { note() }
            do {
                while !rest.isEmpty {
                    let step = steps.sizes[index % steps.sizes.count]
                    index += 1
                    try decoder.read(&rest, atMost: step, isDirect: steps.isDirect) {
                        result.frames.append(Array($0.bytes))
                    }
                    note()
                }
                result.isComplete = decoder.isBetweenFrames
            } catch {
                result.error = error as? FrameError
            }
        }
        return result
    }

    /// Some frames, whole or in slices with whole ones between them.
    private mutating func sample() -> Sample {
        var sample = Sample()
        for _ in 0...random.below(6) {
            if random.below(3) > 0 {
                appendWhole(to: &sample)
            } else {
                appendSliced(to: &sample)
            }
        }
        return sample
    }

    private mutating func appendWhole(to sample: inout Sample) {
        let frame = FrameStream.random(1 + random.below(random.below(4) == 0 ? Self.limit : 20), &random)
        sample.bytes += FrameStream.piece(frame)
        sample.frames.append((frame, sample.bytes.count))
    }

    private mutating func appendSliced(to sample: inout Sample) {
        let frame = FrameStream.random(2 + random.below(Self.limit - 1), &random)
        var start = 0
        while start < frame.count {
            let end = start + min(1 + random.below(50), frame.count - start)
            let (slice, whole) = (Array(frame[start..<end]), FrameStream.word(UInt32(frame.count)))
            sample.bytes +=
                start == 0
                ? FrameStream.piece(whole + slice, mark: FrameLayout.firstSlice)
                : FrameStream.piece(slice, mark: FrameLayout.laterSlice)
            start = end
            if start < frame.count, random.below(2) == 0 { appendWhole(to: &sample) }
        }
        sample.frames.append((frame, sample.bytes.count))
    }
}

/// What the layout says of a whole stream, written down once more and as plainly as can be.
struct PlainDecoder {
    var limit: Int
    /// On purpose: a long frame may begin while another one is coming.
    var mayBeginTwice = false

    func decode(_ stream: [UInt8]) -> Decoded {
        var (result, at) = (Decoded(), 0)
        var long: (bytes: [UInt8], length: Int)?
        func fail(_ error: FrameError) -> Decoded {
            result.error = error
            return result
        }
        while let word = word(of: stream, at: at) {
            let (mark, length) = (word & ~FrameLayout.lengthMask, Int(word & FrameLayout.lengthMask))
            var (begin, end) = (at + 4, at + 4 + length)
            guard length > 0 else { return fail(.empty) }
            guard length <= limit + (mark == 0 ? 0 : 4) else { return fail(.tooLong(declared: length, limit: limit)) }
            if mark == FrameLayout.firstSlice, long == nil || mayBeginTwice {
                guard length > 4 else { return fail(.brokenSlices) }
                guard let whole = self.word(of: stream, at: begin) else { return result }
                guard whole <= limit else { return fail(.tooLong(declared: Int(whole), limit: limit)) }
                long = ([], Int(whole))
                begin += 4
            } else if mark != 0, mark != FrameLayout.laterSlice || long == nil {
                return fail(.brokenSlices)
            }
            if mark != 0, let known = long, known.bytes.count + end - begin > known.length {
                return fail(.brokenSlices)
            }
            guard end <= stream.count else { return result }
            if mark == 0 {
                result.frames.append(Array(stream[begin..<end]))
            } else {
                long?.bytes += stream[begin..<end]
            }
            if let whole = long, whole.bytes.count == whole.length {
                result.frames.append(whole.bytes)
                long = nil
            }
            swap(&at, &end)
        }
        result.isComplete = at == stream.count && long == nil
        return result
    }

    private func word(of stream: [UInt8], at index: Int) -> UInt32? {
        guard index + 4 <= stream.count else { return nil }
        let (low, high) = (UInt32(stream[index + 1]) << 8, UInt32(stream[index + 3]) << 24)
        return UInt32(stream[index]) | low | UInt32(stream[index + 2]) << 16 | high
    }
}
