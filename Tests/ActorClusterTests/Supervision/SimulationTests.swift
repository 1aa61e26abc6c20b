import ActorCluster
import ActorClusterTesting
import Testing

@Suite("Supervision at random", .computing, .timeLimit(.minutes(5)))
struct SimulationTests {
    @Test(
        "in 20,000 lives of workers that misbehave no slot is filled twice, after a stop, or too often; every stop ends"
    )
    func simulation() {
        let goal = TestLength.rounds(20_000, long: 500_000)
        var (lives, seed) = (0, UInt64(0))
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
}
