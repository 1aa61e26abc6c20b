import ActorCluster
import ActorClusterTesting
import Testing

@Suite("WorkerSelection", .computing)
struct WorkerSelectionTests {
    private var selection = WorkerSelection(.roundRobin)

    private mutating func picks(_ count: Int, of slots: Int, ready: Set<Int>) -> [Int?] {
        (0..<count).map { _ in selection.choose(slots: slots) { ready.contains($0) ? .init(inFlight: 0) : nil } }
    }

    @Test("P-01: four ready workers get calls in turn, exactly")
    mutating func inTurn() {
        #expect(picks(4_000, of: 4, ready: [0, 1, 2, 3]) == (0..<4_000).map { $0 % 4 })
    }

    @Test("P-02: with no ready worker, or no worker at all, none is chosen")
    mutating func none() {
        #expect(picks(3, of: 4, ready: []) == [nil, nil, nil])
        #expect(picks(2, of: 0, ready: [0]) == [nil, nil])
        #expect(picks(2, of: 1, ready: [0]) == [0, 0])
    }

    @Test("P-03: a worker that is not ready is passed over, and the others share evenly")
    mutating func passedOver() {
        #expect(picks(6, of: 4, ready: [0, 1, 3]) == [0, 1, 3, 0, 1, 3])
        let rest = picks(300, of: 4, ready: [0, 1, 3])
        for slot in [0, 1, 3] { #expect(rest.count { $0 == slot } == 100) }
    }

    @Test("a worker that is ready again takes its place in the turn")
    mutating func back() {
        #expect(picks(3, of: 3, ready: [0, 2]) == [0, 2, 0])
        #expect(picks(4, of: 3, ready: [0, 1, 2]) == [1, 2, 0, 1])
    }

    @Test("whoever is ready when, no ready worker waits longer than one round")
    mutating func fair() {
        var generator = SeededGenerator(seed: 11)
        var waited = Array(repeating: 0, count: 7)
        var ready = Set(0..<7)
        for _ in 0..<5_000 {
            if Int.random(in: 0..<10, using: &generator) == 0 {
                let slot = Int.random(in: 0..<7, using: &generator)
                if ready.remove(slot) == nil { ready.insert(slot) }
                waited[slot] = 0
            }
            let next = selection.choose(slots: 7) { ready.contains($0) ? .init(inFlight: 0) : nil }
            #expect(next.map { ready.contains($0) } ?? ready.isEmpty)
            for slot in ready { waited[slot] = slot == next ? 0 : waited[slot] + 1 }
            #expect(waited.allSatisfy { $0 < 7 })
        }
    }

    @Test("P-01: two tags cycle on their own, whatever comes between")
    mutating func tags() {
        var picked: [UInt64: [Int]] = [:]
        for step in 0..<40 {
            let tag = UInt64(step % 3 == 0 ? 7 : 8)
            picked[tag, default: []].append(selection.choose(tag: tag, slots: 4) { _ in .init(inFlight: 0) } ?? -1)
        }
        for order in picked.values { #expect(order == order.indices.map { $0 % 4 }) }
    }

    @Test("P-04: the least busy gets the call; ties alternate")
    mutating func leastBusy() {
        selection = WorkerSelection(.leastBusy)
        var loads = [3, 0]
        for _ in 0..<3 {
            let slot = selection.choose(slots: 2) { .init(inFlight: loads[$0]) } ?? -1
            #expect(slot == 1)
            loads[slot] += 1
        }
        #expect((0..<4).map { _ in selection.choose(slots: 2) { .init(inFlight: loads[$0]) } } == [0, 1, 0, 1])
        loads = [0, 0]
        #expect((0..<4).map { _ in selection.choose(slots: 2) { .init(inFlight: loads[$0]) } } == [0, 1, 0, 1])
    }

    @Test("P-06: idle first means the one that has been idle the longest, and fewer jobs before more")
    mutating func idleFirst() {
        selection = WorkerSelection(.idleFirst(capacity: 2))
        let idle: [UInt64] = [30, 10, 20]
        #expect(selection.choose(slots: 3) { .init(inFlight: 0, idleSince: idle[$0]) } == 1)
        #expect(selection.choose(slots: 3) { .init(inFlight: $0 == 1 ? 1 : 0, idleSince: idle[$0]) } == 2)
        #expect(selection.choose(slots: 3) { $0 == 0 ? nil : .init(inFlight: 1, idleSince: idle[$0]) } == 1)
    }

    @Test(
        "a rule of the user's own sees the candidates, and may let a call wait; a slot that is none of them is no answer"
    )
    mutating func custom() {
        struct Busiest: WorkerSelecting {
            var asked = 0
            mutating func select(among candidates: [WorkerLoad]) -> Int? {
                asked += 1
                if asked == 3 { return nil }
                return asked == 4 ? 17 : candidates.max { $0.inFlight < $1.inFlight }?.slot
            }
        }
        selection = WorkerSelection(.custom(Busiest()))
        let picks = (0..<5).map { _ in selection.choose(slots: 4) { $0 == 2 ? nil : .init(inFlight: $0) } }
        #expect(picks == [3, 3, nil, nil, 3])
        #expect(selection.choose(slots: 4) { _ in nil } == nil)
    }

    @Test(
        "P-09: 10,000 keys are spread evenly, a slot that goes moves its keys alone, and one that comes moves keys to itself alone"
    )
    func keys() {
        let keys = (0..<10_000).map { StableHash.of("user-\($0)".utf8) }
        let among = { (slots: Set<Int>) in keys.map { StableHash.slot(for: $0, slots: 5, where: slots.contains) ?? -1 }
        }
        let (four, three, five) = (among([0, 1, 2, 3]), among([0, 1, 3]), among([0, 1, 2, 3, 4]))
        for slot in 0..<4 { #expect((2_000...3_000).contains(four.count { $0 == slot })) }
        for (before, after) in zip(four, three) where before != 2 { #expect(before == after) }
        #expect(!three.contains(2))
        for (before, after) in zip(four, five) where after != 4 { #expect(before == after) }
        #expect((1_600...2_400).contains(five.count { $0 == 4 }))
        #expect(StableHash.slot(for: 1, slots: 3) { _ in false } == nil)
    }

    @Test("a hash of bytes is the same in every process")
    func stable() {
        #expect(StableHash.of("".utf8) == StableHash.mix(0xcbf2_9ce4_8422_2325))
        #expect(StableHash.of("mail".utf8) == 2_790_677_326_392_346_370)
    }
}
