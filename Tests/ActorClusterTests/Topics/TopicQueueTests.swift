import ActorCluster
import Testing

@Suite("TopicQueue")
struct TopicQueueTests {
    private func queue(_ limit: Int, _ overflow: TopicOverflow, bytes: Int = 1_000) -> TopicQueue {
        TopicQueue(limit: limit, overflow: overflow, bytes: bytes)
    }

    private func taken(_ queue: inout TopicQueue, count: Int = 1_000, bytes: Int = 1_000_000) -> [UInt8] {
        let (batch, _) = queue.take(count: count, bytes: bytes)
        return (0..<batch.count).compactMap { batch[$0]?.first }
    }

    @Test("what is full drops the oldest, or the newest, and counts it")
    func dropping() {
        var (oldest, newest) = (queue(3, .dropOldest), queue(3, .dropNewest))
        for number in 1...5 as ClosedRange<UInt8> {
            let hadRoom = (oldest.append([number], ticket: 1), newest.append([number], ticket: 1))
            #expect(hadRoom == (true, true))
        }
        #expect(oldest.count == 3 && newest.count == 3)
        #expect(taken(&oldest) == [3, 4, 5])
        #expect(taken(&newest) == [1, 2, 3])
        #expect(oldest.dropped == 2 && newest.dropped == 2)
        #expect(oldest.isEmpty && newest.isEmpty)
    }

    @Test("a slow publisher's message keeps its place behind the others until there is room")
    func slow() {
        var queue = queue(2, .slowPublisher)
        let hadRoom = (1...4 as ClosedRange<UInt8>).map { queue.append([$0], ticket: UInt64($0)) }
        #expect(hadRoom == [true, true, false, false])
        #expect(queue.waiting == [3, 4])
        #expect(queue.count == 2 && queue.kept == 4)
        let first = queue.take(count: 1, bytes: 100)
        #expect(first.released == [3])
        #expect(queue.withdraw(4) == [])
        #expect(taken(&queue) == [2, 3])
        #expect(queue.isEmpty && queue.dropped == 0)
    }

    @Test("who withdraws makes room for nobody, and leaves those behind it their places")
    func withdrawal() {
        var queue = queue(1, .slowPublisher, bytes: 4)
        let messages: [[UInt8]] = [[1], [2, 2, 2, 2, 2], [3]]
        let hadRoom = zip(messages, 1...).map { queue.append($0, ticket: $1) }
        #expect(hadRoom == [true, false, false])
        #expect(queue.withdraw(2) == [])
        #expect(queue.take(count: 9, bytes: 9).released == [3])
        #expect(taken(&queue) == [3])
    }

    @Test("bytes are bounded like messages, and one that is longer than all of them has room alone")
    func bytes() {
        var queue = queue(100, .dropOldest, bytes: 10)
        _ = queue.append([1] + Array(repeating: 0, count: 20), ticket: 0)
        #expect(queue.count == 1)
        for number in 2...4 as ClosedRange<UInt8> { _ = queue.append([number, 0, 0, 0], ticket: 0) }
        #expect(queue.dropped == 2)
        #expect(taken(&queue) == [3, 4])
    }

    @Test("a batch has so many messages and bytes, but always one")
    func batches() {
        var queue = queue(100, .dropNewest)
        for number in 1...9 as ClosedRange<UInt8> { _ = queue.append([number], ticket: 0) }
        #expect(taken(&queue, count: 2) == [1, 2])
        #expect(taken(&queue, bytes: 1) == [3])
        #expect(taken(&queue, bytes: 20) == [4, 5])
        #expect(taken(&queue) == [6, 7, 8, 9])
    }

    @Test("it keeps nothing of what has gone, however long it is used")
    func longUse() {
        var queue = queue(200, .dropOldest)
        for round in 0..<10_000 {
            _ = queue.append([UInt8(round % 256)], ticket: 0)
            if round % 3 == 0 { #expect(taken(&queue, count: 3).first != nil) }
        }
        #expect(queue.kept == queue.count && queue.count <= 200)
    }

    @Test("packed values with ends that cannot be are not read")
    func packed() throws {
        var values = PackedValues()
        values.append([1, 2])
        values.append([])
        values.append([3] as [UInt8])
        #expect((0..<4).map { values[$0].map(Array.init) } == [[1, 2], [], [3], nil])
        #expect(values.size == 3 + 24)
        struct Forged: Encodable {
            let bytes: [UInt8] = [1]
            let ends = [2, 1, -1, 0]
        }
        let forged = try Body.encode(Forged()).withUnsafeBytes { try Body.decode(PackedValues.self, from: $0) }
        #expect((0..<5).allSatisfy { forged[$0] == nil })
    }
}
