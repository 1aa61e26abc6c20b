import ActorClusterTesting
import Testing

/// A failure names its seed. `SEED=<seed> swift test --filter QueueSimulationTests` runs that one again, and no other.
@Suite("PoolQueue at random", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct QueueSimulationTests {
    @Test(
        """
        whoever comes, goes and dies: each call has one outcome, no worker has more than it may, order holds within a \
        priority, none starves, no place is free while a call waits for it, and nothing is kept of calls that ended
        """)
    func simulation() {
        if let seed = TestLength.givenSeed { return expectNothing(seed) }
        var calls = 0
        let seeds = UInt64(TestLength.rounds(250, unoptimized: 80, long: 50_000))
        for seed in 1...seeds {
            var simulation = QueueSimulation(seed: seed)
            if let wrong = simulation.run().first { return report(seed, simulation.steps, wrong) }
            calls += simulation.calls
        }
        print("simulated calls: \(calls), to seed \(seeds)")
    }

    @Test("the simulation finds each fault that is put in on purpose", arguments: QueueDefect.allCases)
    func findsFaults(_ defect: QueueDefect) {
        for seed in 1...100 as ClosedRange<UInt64> {
            var simulation = QueueSimulation(seed: seed, defect: defect)
            if let wrong = simulation.run().first {
                print("\(defect): seed \(seed), step \(simulation.steps): \(wrong)")
                return
            }
        }
        Issue.record("\(defect) is not found")
    }

    private func expectNothing(_ seed: UInt64) {
        var simulation = QueueSimulation(seed: seed)
        if let wrong = simulation.run().first { report(seed, simulation.steps, wrong) }
    }

    private func report(_ seed: UInt64, _ step: Int, _ wrong: String) {
        let again = "SEED=\(seed) swift test --filter QueueSimulationTests"
        Issue.record("seed \(seed), step \(step): \(wrong); again: \(again)")
    }
}
