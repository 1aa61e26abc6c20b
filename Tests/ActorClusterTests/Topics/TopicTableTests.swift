import ActorCluster
import ActorClusterTesting
import Testing

@Suite("TopicTable")
struct TopicTableTests {
    private var table = TopicTable()

    init() { for process in 0...3 as ClosedRange<UInt64> { table.began(process) } }

    private func wish(_ process: UInt64, _ change: (inout SubscriptionWish) -> Void = { _ in }) -> SubscriptionWish {
        var wish = SubscriptionWish(topic: "cache-updates", type: "T", process: process)
        change(&wish)
        return wish
    }

    private mutating func publish(_ byte: UInt8) throws -> TopicTable.Publication {
        try table.publish([byte], to: "cache-updates", type: "T")
    }

    private mutating func read(_ number: UInt64) -> [UInt8]? {
        guard case .batch(let batch, _) = table.read(number) else { return nil }
        return (0..<batch.values.count).compactMap { batch.values[$0]?.first }
    }

    @Test("M-06: each process counts once, and what nobody has subscribed to is no error")
    mutating func counts() throws {
        let one = try #require(try table.subscribe(wish(1)))
        let again = try #require(try table.subscribe(wish(1)))
        let three = try #require(try table.subscribe(wish(3)))
        #expect(try publish(7).processes == 2)
        #expect(table.unsubscribe(three) == [.end(three)])
        #expect(try publish(8).processes == 1)
        #expect(read(one) == [7, 8])
        #expect(read(again) == [7, 8])
        #expect(table.read(three) == .over)
        #expect(try table.publish([1], to: "nobody's", type: "T").processes == 0)
    }

    @Test("M-07: a process that has ended has no subscription, and gets none however late it asks")
    mutating func deadProcess() throws {
        let one = try #require(try table.subscribe(wish(1)))
        #expect(table.read(one) == .wait)
        #expect(table.ended(1) == [.end(one)])
        #expect(try table.subscribe(wish(1)) == nil)
        #expect(try publish(1).processes == 0)
        #expect(table.subscriptionCount == 0)
        table.began(4)
        #expect(try publish(2).processes == 0)
        let four = try #require(try table.subscribe(wish(4)))
        #expect(try publish(3).processes == 1)
        #expect(read(four) == [3])
    }

    @Test("who waits for a message is handed it, and waits for the next one only when it asks again")
    mutating func waiting() throws {
        let number = try #require(try table.subscribe(wish(2)))
        #expect(table.read(number) == .wait)
        let publication = try publish(1)
        guard case .deliver(let batch, number)? = publication.actions.first else {
            Issue.record("\(publication)")
            return
        }
        #expect(batch.values[0] == [1])
        #expect(try publish(2).actions.isEmpty)
        #expect(read(number) == [2])
    }

    @Test("a topic has one type of message, which its first use decides")
    mutating func types() throws {
        _ = try publish(1)
        let error = TopicError.otherType(topic: "cache-updates", is: "T", not: "U")
        #expect(throws: error) { try table.subscribe(wish(1) { $0.type = "U" }) }
        #expect(throws: error) { try table.publish([], to: "cache-updates", type: "U") }
        #expect("\(error)" == "the messages of the topic \"cache-updates\" are of type T, not U")
    }

    @Test("who wants the last value gets it first, once")
    mutating func latest() throws {
        _ = try publish(1)
        _ = try publish(2)
        let late = try #require(try table.subscribe(wish(1) { $0.latest = true }))
        let other = try #require(try table.subscribe(wish(1)))
        _ = try publish(3)
        #expect(read(late) == [2, 3])
        #expect(read(other) == [3])
    }

    @Test("a publisher waits for all who have no room, and for none that goes")
    mutating func slowPublisher() throws {
        var numbers: [UInt64] = []
        for process in 1...3 as ClosedRange<UInt64> {
            let wish = wish(process) { ($0.buffer, $0.overflow) = (1, .slowPublisher) }
            numbers.append(try #require(try table.subscribe(wish)))
        }
        #expect(try publish(1).ticket == nil)
        let ticket = try #require(try publish(2).ticket)
        #expect(table.isWaiting(ticket))
        guard case .batch(_, []) = table.read(numbers[0]) else { Issue.record("the others have no room"); return }
        #expect(table.unsubscribe(numbers[1]) == [.end(numbers[1])])
        #expect(table.ended(3) == [.end(numbers[2]), .release(ticket)])
        #expect(table.waitingPublishers == 0)
        #expect(read(numbers[0]) == [2])
    }

    @Test("who waits no longer takes its message back where there was no room")
    mutating func withdrawal() throws {
        let slow = try #require(try table.subscribe(wish(1) { ($0.buffer, $0.overflow) = (1, .slowPublisher) }))
        let quick = try #require(try table.subscribe(wish(2)))
        _ = try publish(1)
        let (second, third) = (try #require(try publish(2).ticket), try #require(try publish(3).ticket))
        #expect(table.withdraw(second) == [])
        #expect(table.withdraw(second) == [])
        guard case .batch(_, [.release(third)]) = table.read(slow) else { Issue.record("no release"); return }
        #expect(read(slow) == [3])
        #expect(read(quick) == [1, 2, 3])
        #expect(table.waitingPublishers == 0)
    }

    @Test("who waits no longer takes it back from those that had no room, whatever has become of them")
    mutating func withdrawalAmongMany() throws {
        let slow = try (1...3 as ClosedRange<UInt64>).map { process in
            try #require(try table.subscribe(wish(process) { ($0.buffer, $0.overflow) = (1, .slowPublisher) }))
        }
        _ = try publish(1)
        let (second, third) = (try #require(try publish(2).ticket), try #require(try publish(3).ticket))
        #expect(read(slow[0]) == [1], "it has room for the second one now")
        #expect(table.unsubscribe(slow[1]) == [.end(slow[1])])
        #expect(table.withdraw(second) == [])
        #expect(read(slow[2]) == [1])
        guard case .batch(_, [.release(third)]) = table.read(slow[0]) else { Issue.record("no release"); return }
        #expect(read(slow[0]) == [3])
        #expect(read(slow[2]) == [3])
        #expect(table.waitingPublishers == 0)
    }

    @Test("a process can end a subscription whose number it has not got by its token, and nobody else's")
    mutating func token() throws {
        let number = try #require(try table.subscribe(wish(1) { $0.token = 9 }))
        let other = try #require(try table.subscribe(wish(2) { $0.token = 9 }))
        #expect(table.unsubscribe(token: 8, of: 1) == [])
        #expect(table.unsubscribe(token: 9, of: 3) == [])
        #expect(table.unsubscribe(token: 9, of: 1) == [.end(number)])
        #expect(table.unsubscribe(token: 9, of: 1) == [])
        #expect(table.read(other) == .wait)
        #expect(table.subscriptionCount == 1)
    }

    @Test("F10: one that never reads has its bound of messages, and the others get all")
    mutating func neverReads() throws {
        let deaf = try #require(try table.subscribe(wish(1) { $0.buffer = 16 }))
        let others = try (0..<100).map { _ in try #require(try table.subscribe(wish(2))) }
        for number in 0..<1_000 {
            #expect(try publish(UInt8(number % 251)).ticket == nil)
            #expect(table.waitingMessages(for: deaf) <= 16)
            for other in others { #expect(read(other) == [UInt8(number % 251)]) }
        }
        guard case .batch(let batch, _) = table.read(deaf) else { Issue.record("nothing kept"); return }
        #expect(batch.values.count == 16 && batch.dropped == 984)
    }

    @Test("names, buffers, subscriptions and topics are bounded, and a topic that nobody uses makes room")
    mutating func bounds() throws {
        for buffer in [0, 65_537, -1] {
            #expect(throws: TopicError.self) { try table.subscribe(wish(1) { $0.buffer = buffer }) }
        }
        for name in ["", String(repeating: "x", count: 256)] {
            #expect(throws: TopicError.self) { try table.publish([], to: name, type: "T") }
        }
        for _ in 0..<Limits.subscriptions { _ = try table.subscribe(wish(1)) }
        let error = TopicError.tooManySubscriptions(limit: Limits.subscriptions)
        #expect(throws: error) { try table.subscribe(wish(1)) }
        for number in 0..<Limits.topics + 10 { _ = try table.publish([1], to: "\(number)", type: "T") }
        #expect(table.topicCount == Limits.topics)
        #expect(try publish(1).processes == 1, "it has subscribers")
    }

    @Test("of the last values only so many bytes are kept, the newest")
    func lastBytes() throws {
        var table = TopicTable(lastBytes: 10)
        table.began(1)
        for name in ["a", "b", "c"] { _ = try table.publish([1, 2, 3, 4], to: name, type: "T") }
        let counts = try ["a", "b", "c"].map { name in
            var wish = SubscriptionWish(topic: name, type: "T", process: 1)
            wish.latest = true
            let number = try #require(try table.subscribe(wish))
            return table.waitingMessages(for: number)
        }
        #expect(counts == [0, 1, 1])
    }

    @Test("random lives: order per publisher, nothing doubled, nothing lost without being counted, nothing left")
    func random() throws {
        for round in 0..<TestLength.rounds(60, long: 5_000) {
            var world = TopicWorld(seed: TestLength.seed &+ UInt64(round))
            for _ in 0..<400 { try world.step() }
            try world.end()
        }
    }
}
