import ActorCluster
import Testing

@Suite("StreamBuffer")
struct StreamBufferTests {
    private func buffer(_ count: Int = 8, bytes: Int = 1_000, batchBytes: Int = 500) -> StreamBuffer {
        StreamBuffer(count: count, bytes: bytes, batchBytes: batchBytes)
    }

    private func append(_ length: Int = 1, to buffer: inout StreamBuffer) {
        [UInt8](repeating: UInt8(buffer.produced % 256), count: length).withUnsafeBytes { buffer.append($0) }
    }

    private func pull(_ buffer: inout StreamBuffer, used: UInt64) -> StreamBatch? {
        guard case .batch(let batch) = buffer.pull(used: used) else { return nil }
        return batch
    }

    @Test("the source is never further ahead than its credit, and a batch is half of it at most")
    func credit() {
        var buffer = buffer()
        while buffer.mayProduce { append(to: &buffer) }
        #expect(buffer.lead == 8)
        #expect(pull(&buffer, used: 0)?.values.count == 4)
        #expect(!buffer.mayProduce, "nothing has been used")
        #expect(pull(&buffer, used: 0)?.values.count == 4)
        #expect(buffer.pull(used: 4) == .wait)
        #expect(buffer.mayProduce && buffer.lead == 4)
        append(to: &buffer)
        #expect(pull(&buffer, used: 8)?.values.count == 1)
        #expect(buffer.lead == 1)
    }

    @Test("what has been pulled is not kept, however long the source stays ahead of its reader")
    func pulledIsLetGo() {
        // Two elements do not fit one batch, so that one always waits behind the one that is pulled.
        var buffer = buffer(bytes: 900, batchBytes: 400)
        var used: UInt64 = 0
        for round in 0..<10_000 {
            while buffer.mayProduce { append(300, to: &buffer) }
            if let batch = pull(&buffer, used: used) { used += UInt64(batch.values.count) }
            guard buffer.bytesKept <= 1_300 else {
                Issue.record("\(buffer.bytesKept) bytes are kept after \(round) rounds")
                return
            }
        }
        #expect(used > 9_000)
    }

    @Test("elements come in order, and the last batch says so")
    func order() {
        var buffer = buffer(16)
        var got: [UInt8] = []
        var used: UInt64 = 0
        for _ in 0..<10 { append(to: &buffer) }
        buffer.finish()
        #expect(!buffer.mayProduce)
        while let batch = pull(&buffer, used: used) {
            got += (0..<batch.values.count).compactMap { batch.values[$0]?.first }
            used += UInt64(batch.values.count)
            if batch.isLast { break }
        }
        #expect(got == Array(0..<10))
        #expect(buffer.lead == 2, "what was pulled last has not been used yet")
    }

    @Test("a pull that waits is answered with the end, too")
    func end() {
        var buffer = buffer()
        #expect(buffer.pull(used: 0) == .wait)
        #expect(buffer.isWaitedFor)
        buffer.finish()
        #expect(!buffer.isWaitedFor)
        #expect(pull(&buffer, used: 0) == StreamBatch(isLast: true))
    }

    @Test("of long elements one is under way while another is used, so no pull waits for ever")
    func longElements() {
        var buffer = buffer(bytes: 100)
        #expect(buffer.pull(used: 0) == .wait)
        append(200, to: &buffer)
        #expect(!buffer.mayProduce)
        #expect(pull(&buffer, used: 0)?.values.count == 1)
        #expect(!buffer.mayProduce, "nobody asks")
        #expect(buffer.pull(used: 0) == .wait)
        #expect(buffer.mayProduce)
        append(200, to: &buffer)
        #expect(!buffer.mayProduce)
        #expect(pull(&buffer, used: 1)?.values.count == 1)
    }

    @Test("batches fit their bytes, and a peer cannot have used what it has not pulled")
    func bytes() {
        var buffer = buffer(100, bytes: 10_000, batchBytes: 64)
        for _ in 0..<10 { append(20, to: &buffer) }
        #expect(pull(&buffer, used: .max)?.values.count == 2)
        #expect(buffer.lead == 10)
        #expect(pull(&buffer, used: .max)?.values.count == 2)
        #expect(buffer.lead == 8)
    }
}
