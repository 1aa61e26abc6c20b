import ActorClusterTesting
import ProcessIO
import Testing

@Suite("WriteQueue", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct WriteQueueTests {
    private var queue = WriteQueue()

    private mutating func append(_ frame: [UInt8], token: UInt64? = nil, isControl: Bool = false) {
        queue.append(size: frame.count, token: token, isControl: isControl) { $0.copyBytes(from: frame) }
    }

    /// Takes what is next and writes all of it.
    private mutating func drainOnce() -> [UInt8] {
        let bytes = queue.take().flatMap { $0.bytes[$0.range] }
        queue.wrote(bytes.count)
        return bytes
    }

    @Test("small frames leave together, in order, and nothing is left")
    mutating func together() {
        append([1, 2, 3])
        append([4])
        #expect(queue.byteCount == 12)
        #expect(queue.take().count == 1)
        #expect(drainOnce() == FrameStream.piece([1, 2, 3]) + FrameStream.piece([4]))
        #expect(queue.isEmpty)
        #expect(queue.take().isEmpty)
    }

    @Test("what was handed out is handed out again until it is written")
    mutating func again() {
        append([1, 2, 3])
        let first = queue.take()
        append([4], isControl: true)
        #expect(queue.take() == first)
        queue.wrote(3)
        #expect(queue.take().flatMap { $0.bytes[$0.range] } == Array(FrameStream.piece([1, 2, 3])[3...]))
        queue.wrote(4)
        #expect(drainOnce() == FrameStream.piece([4]))
    }

    @Test("a frame of one slice goes whole, one byte more goes in two slices", arguments: [0, 1])
    mutating func sliceSize(excess: Int) {
        let frame = FrameStream.frame(FrameLayout.sliceSize + excess, 1)
        append(frame)
        var bytes: [UInt8] = []
        while !queue.isEmpty { bytes += drainOnce() }
        let sizes = [FrameLayout.sliceSize, excess].filter { $0 > 0 }
        #expect(bytes == (excess == 0 ? FrameStream.piece(frame) : FrameStream.sliced(frame, sizes: sizes)))
    }

    @Test("a token is in flight from when its frame's last byte is handed out until that byte is written")
    mutating func tokens() {
        append(FrameStream.frame(10, 1), token: 1)
        append(FrameStream.frame(10, 2), token: 2)
        append(FrameStream.frame(400_000, 3), token: 3)
        #expect(queue.tokensInFlight.isEmpty)
        _ = queue.take()
        #expect(queue.tokensInFlight == [1, 2])
        queue.wrote(13)
        #expect(queue.tokensInFlight == [1, 2])
        queue.wrote(1)
        #expect(queue.tokensInFlight == [2])
        _ = drainOnce()
        #expect(queue.tokensInFlight.isEmpty)
        _ = queue.take()
        #expect(queue.tokensInFlight == [3])
        _ = drainOnce()
        #expect(queue.tokensInFlight.isEmpty)
        #expect(queue.isEmpty)
    }

    @Test("a control frame's token is in flight like any other")
    mutating func controlToken() {
        append([1, 2], token: 7, isControl: true)
        _ = queue.take()
        #expect(queue.tokensInFlight == [7])
        queue.wrote(5)
        #expect(queue.tokensInFlight == [7])
        queue.wrote(1)
        #expect(queue.tokensInFlight.isEmpty)
    }

    @Test("F5: with 1 MiB queued and 64 MiB on their way, a ping waits for about what a socket holds")
    mutating func controlBetweenSlices() {
        queue.append(size: 64 << 20) { $0.initializeMemory(as: UInt8.self, repeating: 0) }
        for _ in 0..<1_024 { append(FrameStream.frame(1_020, 1)) }
        for _ in 0..<20 { _ = drainOnce() }
        let ahead = queue.take().reduce(0) { $0 + $1.range.count }
        append([11], isControl: true)
        #expect(ahead <= WriteQueue.portion + 32)
        queue.wrote(ahead)
        #expect(queue.take().first?.bytes == FrameStream.piece([11]))
    }

    @Test("what is handed out at once is less than a portion and a slice")
    mutating func portion() {
        for size in [65_536 + 65_535, 60_000, 65_536, 65_537, 300, 65_536, 700_000, 65_535, 1, 65_536] {
            append(FrameStream.frame(size, 1))
        }
        while !queue.isEmpty {
            let portion = queue.take().reduce(0) { $0 + $1.range.count }
            #expect(portion <= WriteQueue.portion + FrameLayout.sliceSize + 32)
            queue.wrote(portion)
        }
    }

    @Test("the parts of a long frame are written from where they are, and their memory is not taken")
    mutating func parts() {
        let parts = [[1, 2, 3], [], FrameStream.frame(70_000, 4), FrameStream.frame(90_000, 5), [6]]
        queue.append(parts: parts, token: 8)
        append([7])
        let places = parts.map { $0.withUnsafeBytes(\.baseAddress) }
        let frame = Array(parts.joined())
        let sizes = [FrameLayout.sliceSize, FrameLayout.sliceSize, frame.count - 2 * FrameLayout.sliceSize]
        #expect(queue.byteCount == frame.count + 5)
        let pieces = queue.take()
        let stream = FrameStream.sliced(frame, sizes: sizes) + FrameStream.piece([7])
        #expect(pieces.flatMap { $0.bytes[$0.range] } == stream)
        let used = Set(pieces.map { $0.bytes.withUnsafeBytes(\.baseAddress) })
        #expect(used.isSuperset(of: [places[0], places[2], places[3], places[4]]))
        #expect(queue.tokensInFlight == [8])
        #expect(drainOnce().count == frame.count + 16 + 5)
        #expect(queue.isEmpty)
        append([9])
        #expect(Set(queue.take().map { $0.bytes.withUnsafeBytes(\.baseAddress) }).isDisjoint(with: places))
    }

    @Test("parts that make no long frame leave with the others")
    mutating func shortParts() {
        append([1])
        queue.append(parts: [[2], [], [3, 4]], token: 8)
        #expect(queue.take().count == 1)
        #expect(queue.tokensInFlight == [8])
        #expect(drainOnce() == FrameStream.piece([1]) + FrameStream.piece([2, 3, 4]))
    }

    @Test("1,000 long frames and 30,000 short ones are queued and taken in linear time")
    mutating func manyFrames() {
        let time = cpuTime {
            for index in 0..<1_000 {
                queue.append(size: FrameLayout.sliceSize + 1) { $0[0] = 1 }
                for _ in 0..<30 { queue.append(size: 20, token: UInt64(index)) { $0[0] = 2 } }
            }
            while !queue.isEmpty { queue.wrote(queue.take().reduce(0) { $0 + $1.range.count }) }
        }
        #expect(time < .seconds(2) * TestLength.patience)
    }
}
