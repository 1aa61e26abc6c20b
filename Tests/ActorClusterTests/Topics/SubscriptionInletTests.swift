import ActorCluster
import Testing

@Suite("SubscriptionInlet")
struct SubscriptionInletTests {
    private var inlet = SubscriptionInlet<Int>()

    private func batch(_ messages: [UInt8], dropped: UInt64 = 0) -> TopicBatch {
        var batch = TopicBatch()
        batch.dropped = dropped
        for message in messages { batch.values.append([message]) }
        return batch
    }

    @Test("one task fetches, others wait until it has, and the messages come in order")
    mutating func order() {
        #expect(inlet.take() == .fetch)
        #expect(inlet.take() == .wait)
        #expect(inlet.wait(1) == true)
        #expect(inlet.wait(2) == true)
        #expect(inlet.arrived(batch([7, 8], dropped: 5)) == [1, 2])
        #expect(inlet.take() == .message([7]))
        #expect(inlet.take() == .message([8]))
        #expect(inlet.dropped == 5)
        #expect(inlet.take() == .fetch)
        #expect(inlet.arrived(batch([9])) == [])
        #expect(inlet.wait(3) == false, "there is something")
        #expect(inlet.take() == .message([9]))
    }

    @Test("it ends once, wakes whoever waits, and gives nothing afterwards")
    mutating func ending() {
        _ = inlet.take()
        #expect(inlet.wait(1) == true)
        let end = inlet.end()
        #expect(end.isFirst && end.waiting == [1])
        #expect(inlet.end().isFirst == false)
        #expect(inlet.arrived(batch([1])) == [])
        #expect(inlet.take() == .over)
        #expect(inlet.wait(2) == false)
    }

    @Test("what cannot be read counts as dropped")
    mutating func unreadable() {
        _ = inlet.take()
        _ = inlet.arrived(batch([1], dropped: 2))
        _ = inlet.take()
        inlet.wasUnreadable()
        #expect(inlet.dropped == 3)
    }
}
