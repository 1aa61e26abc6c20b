import ActorClusterTesting
import ProcessIO
import Testing

@Suite("TimerHeap", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct TimerHeapTests {
    @Test("entries come out by deadline, and at one moment in the order in which they were put in")
    func order() {
        var heap = TimerHeap<Int>()
        for (id, time) in [5, 3, 5, 1, 3, 5].enumerated() { heap.insert(id, at: Instant(nanoseconds: Int64(time))) }
        #expect(heap.next == Instant(nanoseconds: 1))
        var order: [Int] = []
        while let id = heap.popExpired(at: Instant(nanoseconds: 10)) { order.append(id) }
        #expect(order == [3, 1, 4, 0, 2, 5])
        #expect(heap.next == nil)
    }

    @Test("nothing comes out before its moment, and all of it at its moment")
    func moment() {
        var heap = TimerHeap<Int>()
        heap.insert(1, at: Instant(nanoseconds: 100))
        #expect(heap.popExpired(at: Instant(nanoseconds: 99)) == nil)
        #expect(heap.popExpired(at: Instant(nanoseconds: 100)) == 1)
        #expect(heap.popExpired(at: .distantFuture) == nil)
    }

    @Test("whatever is put in, dropped and taken out, it agrees with a sorted list")
    func agreesWithSorting() {
        for seed in 1...UInt64(TestLength.rounds(40, long: 400)) {
            #expect(Self.firstDisagreement(seed) == nil, "seed \(seed)")
        }
    }

    /// A list of (deadline, id), kept sorted by both; ids rise with insertion.
    private static func firstDisagreement(_ seed: UInt64) -> String? {
        var generator = SeededGenerator(seed: seed)
        var (heap, list, dead, now) = (TimerHeap<Int>(), [(time: Int64, id: Int)](), Set<Int>(), Int64(0))
        for id in 0..<400 {
            switch Int.random(in: 0..<8, using: &generator) {
            case 0..<4:
                let time = now + Int64.random(in: -5...40, using: &generator)
                heap.insert(id, at: Instant(nanoseconds: time))
                list.insert((time, id), at: list.firstIndex { $0.time > time } ?? list.count)
            case 4:
                guard let victim = list.randomElement(using: &generator) else { continue }
                dead.insert(victim.id)
                list.removeAll { $0.id == victim.id }
            case 5:
                heap.compact(live: list.count) { dead.contains($0) }
                if heap.count > 2 * list.count + 64 { return "not compacted at \(id)" }
            case 6:
                heap.dropStale { dead.contains($0) }
                if heap.next?.nanoseconds != list.first?.time { return "next at \(id)" }
            default:
                now += Int64.random(in: 0...20, using: &generator)
                var due: [Int] = []
                while let id = heap.popExpired(at: Instant(nanoseconds: now)) { due.append(id) }
                if due.filter({ !dead.contains($0) }) != list.filter({ $0.time <= now }).map(\.id) {
                    return "expired at \(id)"
                }
                list.removeAll { $0.time <= now }
            }
        }
        return nil
    }

    @Test("stale entries are dropped from the front, and forgotten once they outnumber the live ones")
    func stale() {
        var heap = TimerHeap<Int>()
        for id in 0..<1_000 { heap.insert(id, at: Instant(nanoseconds: Int64(id))) }
        heap.dropStale { $0 < 10 }
        #expect(heap.count == 990)
        #expect(heap.next == Instant(nanoseconds: 10))
        heap.compact(live: 500) { $0 % 2 == 0 }
        #expect(heap.count == 990)
        heap.compact(live: 100) { $0 % 10 != 0 }
        #expect(heap.count == 99)
        #expect(heap.popExpired(at: .distantFuture) == 10)
        #expect(heap.popExpired(at: .distantFuture) == 20)
    }
}
