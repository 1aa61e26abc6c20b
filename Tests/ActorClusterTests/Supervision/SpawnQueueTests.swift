import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

@Suite("SpawnQueue", .computing)
struct SpawnQueueTests {
    @Test("G5: of 64 that are to be started at one moment, never more than there are processors are, in order")
    func bounded() {
        for places in [1, 2, 8] {
            var queue = SpawnQueue<Int>(places: places)
            var (running, started) = ([Int](), [Int]())
            for id in 0..<64 { running += queue.add(id, at: .zero) }
            started = running
            while let first = running.first {
                #expect(running.count <= places)
                running.removeFirst()
                let next = queue.remove(first, at: .zero)
                running += next
                started += next
            }
            #expect(started == Array(0..<64))
            #expect(queue.nextDeadline == nil)
        }
    }

    @Test("one that is withdrawn before its turn is not started, and those behind it move up")
    func withdrawn() {
        var queue = SpawnQueue<Int>(places: 2)
        let begun = (0..<6).flatMap { queue.add($0, at: .zero) }
        #expect(begun == [0, 1])
        #expect([2, 4, 2, 0, 9].map { queue.withdraw($0) } == [true, true, false, false, false])
        #expect(queue.remove(0, at: .zero) == [3])
        #expect([5].map { queue.withdraw($0) } == [true])
        #expect(queue.nextDeadline == nil)
        #expect(queue.remove(1, at: .zero).isEmpty)
        #expect(queue.remove(3, at: .zero).isEmpty)
        #expect(queue.add(6, at: .zero) == [6])
    }

    @Test("one that says no hello holds the next one up for 2 s, and its end gives nothing back then")
    func patience() {
        var queue = SpawnQueue<Int>(places: 1)
        #expect(queue.add(1, at: .zero) == [1])
        #expect(queue.nextDeadline == nil)
        #expect(queue.add(2, at: .zero).isEmpty && queue.add(3, at: .zero).isEmpty)
        #expect(queue.nextDeadline == .zero + .seconds(2))
        #expect(queue.tick(at: .zero + .milliseconds(1_999)).isEmpty)
        #expect(queue.tick(at: .zero + .seconds(2)) == [2])
        #expect(queue.remove(1, at: .zero + .seconds(2)).isEmpty)
        #expect(queue.remove(2, at: .zero + .seconds(2)) == [3])
        #expect(queue.remove(9, at: .zero).isEmpty)
    }
}
