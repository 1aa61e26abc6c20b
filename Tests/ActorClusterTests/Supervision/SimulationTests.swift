import ActorCluster
import ActorClusterTesting
import Testing

@Suite("Supervision at random", .computing, .timeLimit(.minutes(5)))
struct SimulationTests {
    @Test(
        "in 100,000 lives of workers that misbehave no slot is filled twice, after a stop, or too often; every stop ends",
        arguments: 0..<4 as Range<UInt64>)
    func simulation(_ part: UInt64) {
        let goal = TestLength.rounds(100_000, long: 2_000_000) / 4
        var (lives, seed) = (0, part << 32)
        let time = cpuTime {
            while lives < goal {
                seed += 1
                var simulation = PoolSimulation(seed: seed)
                let wrong = simulation.run()
                lives += simulation.lives
                if let first = wrong.first {
                    Issue.record("seed \(seed): \(first)")
                    return
                }
            }
        }
        print("simulated lives: \(lives), to seed \(seed), in \(time)")
    }
}
