import ActorCluster
import ActorClusterTesting
import Testing

@Suite("The order of calls from worker to worker, by chance", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct PipeWorldTests {
    private static func complaint(seed: UInt64, trouble: Int, _ fault: PipeWorld.Fault = .none) -> String? {
        var world = PipeWorld(seed: seed, trouble: trouble, fault: fault)
        for _ in 0..<300 { _ = world.step(mayCall: true) }
        while world.step(mayCall: false) {}
        return world.complaint
    }

    @Test(
        "calls come in the order in which they were made, each once, whatever becomes of the pipe",
        arguments: [0, 4, 20])
    func order(trouble: Int) {
        for round in 0..<UInt64(TestLength.rounds(400, long: 100_000)) {
            let seed = TestLength.seed &+ round
            if let complaint = Self.complaint(seed: seed, trouble: trouble) {
                Issue.record("seed \(seed): \(complaint)")
                return
            }
        }
    }

    @Test("without trouble both workers end up with one pipe that both use")
    func onePipe() {
        for round in 0..<200 as Range<UInt64> {
            var world = PipeWorld(seed: TestLength.seed &+ round, trouble: 0)
            for _ in 0..<1_000 { _ = world.step(mayCall: true) }
            while world.step(mayCall: false) {}
            #expect(world.introductions.count == 1)
            #expect(world.workers.map(\.routes.usedCount) == [1, 1])
            #expect(world.workers.map(\.isOpen) == [true, true])
        }
    }

    @Test(
        "a pipe that is used at once, and a question that overtakes, are found within 300 lives",
        arguments: [PipeWorld.Fault.opensAtOnce, .questionOvertakes])
    func canaries(fault: PipeWorld.Fault) {
        let found = (0..<300 as Range<UInt64>).contains {
            Self.complaint(seed: TestLength.seed &+ $0, trouble: 0, fault) != nil
        }
        #expect(found)
    }
}
