import ActorCluster
import ActorClusterTesting
import Testing

@Suite("WorkerSelection", .computing)
struct WorkerSelectionTests {
    private var selection = WorkerSelection()

    private mutating func picks(_ count: Int, of slots: Int, ready: Set<Int>) -> [Int?] {
        (0..<count).map { _ in selection.next(slots: slots, isReady: ready.contains) }
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
            let next = selection.next(slots: 7, isReady: ready.contains)
            #expect(next.map { ready.contains($0) } ?? ready.isEmpty)
            for slot in ready { waited[slot] = slot == next ? 0 : waited[slot] + 1 }
            #expect(waited.allSatisfy { $0 < 7 })
        }
    }
}
