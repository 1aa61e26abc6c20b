import ActorCluster
import ActorClusterTesting
import Testing

/// A failure names its seed. `SEED=<seed> swift test --filter SimulationTests` runs that one again, and nothing else.
@Suite("Supervision at random", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct SimulationTests {
    @Test(
        """
        in thousands of lives of workers that misbehave, under strategies, people and a machine that stands still, no slot \
        is filled twice, after a stop, or too often; none is forgotten; everything is reaped, and every stop ends in time
        """,
        arguments: 0..<4 as Range<UInt64>)
    func simulation(_ part: UInt64) {
        if let seed = TestLength.givenSeed { return part == 0 ? replay(seed) : () }
        let goal = TestLength.rounds(100_000, unoptimized: 25_000, long: 10_000_000) / 4
        // A long run begins anywhere, so that no two look at the same lives.
        let first = TestLength.isLong ? UInt64.random(in: 0..<1 << 28) : 0
        var (lives, seed) = (0, part << 32 + first)
        var findings = SimulatedFindings()
        let time = cpuTime {
            while lives < goal {
                seed += 1
                var simulation = TreeSimulation(seed: seed)
                if let wrong = simulation.run().first { return report(seed, simulation.steps, wrong) }
                lives += simulation.lives
                findings.add(simulation.findings)
            }
        }
        guard lives >= goal else { return }
        print("simulated lives: \(lives), to seed \(seed), in \(time); \(findings.counts)")
        // The rarest comes once in some thousands.
        guard goal >= 25_000 else { return }
        for kind in SimulatedFindings.all { #expect(findings.counts[kind, default: 0] > 0, "no \(kind)") }
    }

    @Test("the simulation finds each fault that is put in on purpose", arguments: SimulatedDefect.allCases)
    func findsFaults(_ defect: SimulatedDefect) {
        for seed in 1...100 as ClosedRange<UInt64> {
            var simulation = TreeSimulation(seed: seed, defect: defect)
            if let wrong = simulation.run().first {
                print("\(defect): seed \(seed), step \(simulation.steps): \(wrong)")
                return
            }
        }
        Issue.record("\(defect) is not found")
    }

    private func replay(_ seed: UInt64) {
        var simulation = TreeSimulation(seed: seed)
        if let wrong = simulation.run().first { report(seed, simulation.steps, wrong) }
    }

    private func report(_ seed: UInt64, _ step: Int, _ wrong: String) {
        Issue.record("seed \(seed), step \(step): \(wrong); again: SEED=\(seed) swift test --filter SimulationTests")
    }
}
