import ActorClusterTesting
import ProcessIO
import Testing

@Suite("WriteQueue: frames with descriptors", .computing)
struct CarrierTests {
    private var queue = WriteQueue()
    private let group: DescriptorGroup

    init() throws {
        group = DescriptorGroup([try Socket.sharedPair().0])
        queue.maySendDescriptors = true
    }

    private mutating func append(_ byte: UInt8, isControl: Bool = false) {
        queue.append(size: 1, isControl: isControl) { $0[0] = byte }
    }

    private mutating func carry(_ byte: UInt8) { queue.append(size: 1, carrying: group) { $0[0] = byte } }

    private func bytes(_ pieces: [WriteQueue.Piece]) -> [UInt8] { pieces.flatMap { $0.bytes[$0.range] } }

    private func frames(_ contents: UInt8...) -> [UInt8] { contents.flatMap { FrameStream.piece([$0]) } }

    @Test("each begins a write, with its descriptors, and order stays")
    mutating func beginsWrite() {
        append(1)
        carry(2)
        append(3)
        carry(4)
        append(9, isControl: true)
        #expect(bytes(queue.take()) == frames(9, 1) && queue.descriptors == nil)
        #expect(queue.wrote(10) == nil)
        #expect(bytes(queue.take()) == frames(2, 3) && queue.descriptors == group)
        #expect(queue.wrote(10) == group)
        #expect(bytes(queue.take()) == frames(4) && queue.descriptors == group)
        #expect(queue.wrote(5) == group)
        #expect(queue.isEmpty && queue.load == 0 && queue.take().isEmpty)
    }

    @Test("descriptors go once: with the first byte that is written, and with none before it")
    mutating func once() {
        carry(1)
        append(2)
        _ = queue.take()
        #expect(queue.wrote(0) == nil)
        #expect(queue.descriptors == group)
        #expect(queue.wrote(1) == group)
        #expect(bytes(queue.take()) == Array(frames(1, 2)[1...]) && queue.descriptors == nil)
        #expect(queue.wrote(9) == nil)
    }

    @Test("until the other end looks for descriptors control frames go, and what came before")
    mutating func waits() {
        queue.maySendDescriptors = false
        append(1)
        carry(2)
        append(3)
        #expect(bytes(queue.take()) == frames(1))
        queue.wrote(5)
        #expect(queue.take().isEmpty && !queue.isEmpty)
        append(9, isControl: true)
        #expect(bytes(queue.take()) == frames(9))
        queue.wrote(5)
        queue.maySendDescriptors = true
        #expect(bytes(queue.take()) == frames(2, 3))
    }

    @Test("descriptors that wait count as bytes do, so that they are bounded with them")
    mutating func load() {
        for _ in 0..<64 { carry(1) }
        #expect(queue.load > 1 << 20)
    }
}
