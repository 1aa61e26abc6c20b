import ActorClusterTesting
import ProcessIO
import Testing

@Suite("Queue", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct QueueTests {
    @Test("at random, it agrees with an array")
    func random() {
        var (random, queue, model) = (SeededGenerator(seed: TestLength.seed), Queue<Int>(), [Int]())
        for number in 0..<20_000 {
            // By turns it grows and shrinks.
            if Int.random(in: 0..<100, using: &random) < (number / 2_000 % 2 == 0 ? 70 : 30) {
                queue.append(number)
                model.append(number)
            } else {
                let taken = queue.removeFirst()
                #expect(taken == (model.isEmpty ? nil : model.removeFirst()))
            }
            #expect(queue.count == model.count && queue.first == model.first && queue.isEmpty == model.isEmpty)
            if number % 500 == 0, let place = model.indices.randomElement(using: &random) {
                queue.replace(at: place, with: -number)
                model[place] = -number
                #expect(queue[place] == -number)
                let hasRemoved = queue.removeAll { $0 % 7 == 3 }
                #expect(hasRemoved == model.contains { $0 % 7 == 3 })
                model.removeAll { $0 % 7 == 3 }
                #expect(Array(queue.all) == model)
            }
        }
    }

    @Test("what has been taken is let go of at once")
    func letsGo() {
        final class Thing {}
        var queue = Queue<Thing>()
        for _ in 0..<3 { queue.append(Thing()) }
        weak let first = queue.first
        #expect(first != nil)
        queue.removeFirst()
        #expect(first == nil && queue.count == 2)
    }
}
