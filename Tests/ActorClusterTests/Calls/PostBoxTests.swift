import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

@Suite("PostBox")
struct PostBoxTests {
    private var box = PostBox<String>()
    private var sent: [[UInt8]] = []

    private static func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    /// Whether it was collected; what is due is sent.
    private mutating func add(_ byte: UInt8, size: Int = 1, at time: Int64 = 0) -> Bool {
        let isIn = box.add([UInt8](repeating: byte, count: size), at: Self.at(time))
        if box.isToBeSent { sent.append(box.take().body) }
        return isIn
    }

    @Test("M-11: ten are sent together, the rest when the first of it has waited long enough, and nothing when idle")
    mutating func batches() throws {
        for number in 0..<25 as Range<UInt8> { #expect(add(number, at: Int64(number)) == true) }
        #expect(sent == [Array(0..<10), Array(10..<20)])
        #expect(box.sendAt == Self.at(20 + 100))
        let rest = box.take()
        #expect(rest.body == Array(20..<25) && rest.count == 5)
        #expect(box.sendAt == .distantFuture && box.nextTime == .distantFuture)
        try box.carriedOut(25, failed: 2)
        #expect(box.statistics.posted == 25 && box.statistics.completed == 23 && box.statistics.failed == 2)
    }

    @Test("they are sent when they have so many bytes, and never in a frame that is too long")
    mutating func bytes() {
        (box.options.bytes, box.bodyLimit) = (100, 150)
        #expect(add(1, size: 60) == true)
        #expect(sent.isEmpty && box.isToBeSent(before: [UInt8](repeating: 0, count: 90)) == false)
        #expect(box.isToBeSent(before: [UInt8](repeating: 0, count: 91)) == true)
        #expect(add(2, size: 40) == true)
        #expect(sent.map(\.count) == [100])
        #expect(box.isToBeSent(before: [UInt8](repeating: 0, count: 1_000)) == false, "there is nothing before it")
    }

    @Test("C-17: past the bound they wait, in order, until the peer has carried some out")
    mutating func bound() throws {
        (box.options.limit, box.options.count) = (3, 1)
        for number in 0..<3 as Range<UInt8> { #expect(add(number) == true) }
        #expect(add(3) == false)
        for id in 1...4 as ClosedRange<CallID> {
            #expect(box.add(id, [UInt8(id)], "\(id)", deadline: .distantFuture, at: .zero) == .waits)
        }
        #expect(box.cancel(2) == "2")
        #expect(box.next == nil)
        try box.carriedOut(2, failed: 0)
        #expect(add(9) == false, "others came before")
        #expect(box.collectNext(at: .zero) == "1")
        #expect(box.collectNext(at: .zero) == "3")
        #expect(box.collectNext(at: .zero) == nil)
        #expect(box.take().body == [1, 3])
        try box.carriedOut(3, failed: 0)
        #expect(box.collectNext(at: .zero) == "4")
        #expect(box.underWayCount == 1 && box.waitingCount == 0)
    }

    @Test("their bytes have a bound, too, but one always goes")
    mutating func byteBound() throws {
        #expect(add(1, size: Limits.postBytes + 1) == true)
        #expect(add(2) == false)
        try box.carriedOut(1, failed: 0)
        #expect(add(2) == true)
    }

    @Test("who waits too long is told; when the peer is gone, what it had not carried out is lost, and nothing is left")
    mutating func ends() throws {
        (box.options.limit, box.options.count) = (2, 2)
        for number in 0..<2 as Range<UInt8> { #expect(add(number) == true) }
        for id in 1...3 as ClosedRange<CallID> {
            _ = box.add(id, [UInt8(id)], "\(id)", deadline: Self.at(Int64(10 * id)), at: .zero)
        }
        #expect(box.nextTime == Self.at(10))
        #expect(box.expire(at: Self.at(9)) == [])
        #expect(box.expire(at: Self.at(20)) == ["1", "2"])
        try box.carriedOut(1, failed: 1)
        #expect(box.close() == ["3"])
        #expect(box.statistics.lost == 1 && box.statistics.underWay == 0)
        #expect(box.underWayCount == 0 && box.waitingCount == 0 && box.bytes == 0 && !box.hasCollected)
    }

    private mutating func complaint(about count: UInt64, failed: UInt64) -> ProtocolViolation? {
        do throws(ProtocolViolation) {
            try box.carriedOut(count, failed: failed)
            return nil
        } catch {
            return error
        }
    }

    @Test("a peer that says it has carried out what it was not sent breaks the protocol")
    mutating func violation() throws {
        #expect(add(1) == true)
        #expect(complaint(about: 1, failed: 0) == .neverIssued(1))
        _ = box.take()
        #expect(complaint(about: 1, failed: 2) == .neverIssued(1))
        try box.carriedOut(1, failed: 1)
    }

    @Test("what is carried out is told in portions, and always when none runs; a peer may send so many")
    func received() throws {
        var received = ReceivedPosts()
        let first = try received.arrived()
        #expect(ReceivedPosts.contains(first) && !ReceivedPosts.contains(1))
        let second = try received.arrived()
        #expect(second != first)
        received.finished(failed: true)
        #expect(!received.hasNews)
        received.finished(failed: false)
        #expect(received.hasNews)
        let told = received.takeNews()
        #expect(told?.ended == 2 && told?.failed == 1)
        #expect(!received.hasNews && received.takeNews() == nil)
        for _ in 0..<Limits.posts { _ = try received.arrived() }
        #expect(throws: ProtocolViolation.tooManyCalls(limit: Limits.posts)) {
            var received = received
            _ = try received.arrived()
        }
        var count: UInt64 = 0
        for _ in 0..<Limits.posts {
            received.finished(failed: false)
            if received.hasNews { count += received.takeNews()?.ended ?? 0 }
        }
        #expect(count == UInt64(Limits.posts))
    }

    @Test("D2: a frame of posts is read as it was written; any other bytes are a violation, never a trap")
    func decoding() throws {
        let bytes =
            Post.encode(actor: 7, target: 1 << 62 | 9, .whole([1, 2, 3]))
            + Post.encode(actor: .max, target: 0, .whole([]))
            + Post.encode(actor: 1, target: 2, .parts([[4], [5, 6]]))
        let posts = try bytes.withUnsafeBytes { try Post.decode($0, count: 3) }
        #expect(
            posts == [
                Post(actor: 7, target: 1 << 62 | 9, arguments: [1, 2, 3]), Post(actor: .max, target: 0, arguments: []),
                Post(actor: 1, target: 2, arguments: [4, 5, 6]),
            ])
        for count in [0, 2, 4, .max] as [UInt64] {
            #expect(throws: ProtocolViolation.unreadable(.post)) {
                try bytes.withUnsafeBytes { _ = try Post.decode($0, count: count) }
            }
        }
        var generator = SeededGenerator(seed: TestLength.seed)
        for _ in 0..<TestLength.rounds(2_000, long: 100_000) {
            var bytes = Array(bytes.prefix(.random(in: 0...bytes.count, using: &generator)))
            if let place = bytes.indices.randomElement(using: &generator) {
                bytes[place] ^= .random(in: 1...255, using: &generator)
            }
            do {
                let posts = try bytes.withUnsafeBytes {
                    try Post.decode($0, count: .random(in: 0...3, using: &generator))
                }
                #expect(posts.reduce(0) { $0 + Post.headSize + $1.arguments.count } == bytes.count)
            } catch {
                #expect(error as? ProtocolViolation == .unreadable(.post))
            }
        }
    }
}
