import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

@Suite("ShutdownPlan", .computing)
struct ShutdownPlanTests {
    private var plan = ShutdownPlan(limits: WorkerTimeouts())

    private func at(_ seconds: Double) -> Instant { .zero + .seconds(seconds) }

    private func step(_ stage: ShutdownPlan.Stage, _ incarnations: UInt64...) -> [String] {
        incarnations.map { "\($0) \(stage)" }
    }

    private mutating func stop(
        _ incarnation: UInt64, from stage: ShutdownPlan.Stage = .drain, at seconds: Double = 0
    ) -> [String] {
        plan.stop(incarnation, from: stage, at: at(seconds)).map { "\($0.incarnation) \($0.stage)" }
    }

    private mutating func tick(_ seconds: Double) -> [String] {
        plan.tick(at: at(seconds)).map { "\($0.incarnation) \($0.stage)" }
    }

    @Test("B8: drain, SIGTERM at 10 s, SIGKILL at 15 s, and then nothing more")
    mutating func stages() {
        #expect(stop(1) == step(.drain, 1))
        #expect(plan.nextDeadline == at(10))
        #expect(tick(9.999).isEmpty)
        #expect(tick(10) == step(.terminate, 1))
        #expect(plan.nextDeadline == at(15))
        #expect(tick(14.999).isEmpty)
        #expect(tick(15) == step(.kill, 1))
        #expect(plan.nextDeadline == nil)
        #expect(tick(1_000).isEmpty)
        plan.exited(1)
        #expect(plan.isEmpty)
    }

    @Test("B8: four workers that ignore everything are gone after 15 s, not after four times as long")
    mutating func inParallel() {
        for incarnation in 1...4 as ClosedRange<UInt64> { #expect(stop(incarnation) == step(.drain, incarnation)) }
        #expect(tick(10) == step(.terminate, 1, 2, 3, 4))
        plan.exited(2)
        #expect(tick(15) == step(.kill, 1, 3, 4))
        for incarnation in [1, 3, 4] as [UInt64] { plan.exited(incarnation) }
        #expect(plan.isEmpty)
    }

    @Test("a worker that leaves in time hears nothing more")
    mutating func leaves() {
        _ = stop(1)
        plan.exited(1)
        #expect(plan.nextDeadline == nil)
        #expect(tick(100).isEmpty)
        #expect(plan.stage(of: 1) == nil)
    }

    @Test("a worker that is leaving can be hurried, and never slowed")
    mutating func hurry() {
        #expect(stop(1, from: .terminate) == step(.terminate, 1))
        #expect(stop(1, from: .drain, at: 1).isEmpty)
        #expect(stop(1, from: .terminate, at: 4).isEmpty)
        #expect(plan.nextDeadline == at(5))
        #expect(stop(1, from: .kill, at: 2) == step(.kill, 1))
        #expect(stop(1, from: .kill, at: 3).isEmpty)
        #expect(stop(1, from: .drain, at: 3).isEmpty)
        #expect(plan.nextDeadline == nil)
        #expect(plan.stage(of: 1) == .kill)
    }

    @Test("hurried to SIGTERM while it drains, a worker gets SIGKILL 5 s after that")
    mutating func hurriedToTerminate() {
        _ = stop(1)
        #expect(stop(1, from: .terminate, at: 3) == step(.terminate, 1))
        #expect(tick(8) == step(.kill, 1))
    }

    @Test("after a time in which nothing ran, a worker still gets one stage at a time and its 5 s between")
    mutating func late() {
        _ = stop(1)
        #expect(tick(60) == step(.terminate, 1))
        #expect(tick(60).isEmpty)
        #expect(tick(65) == step(.kill, 1))
    }

    @Test("limits of nothing go through all stages at once")
    mutating func noLimits() {
        var limits = WorkerTimeouts()
        (limits.drain, limits.terminate) = (.zero, .zero)
        plan = ShutdownPlan(limits: limits)
        #expect(stop(1) == step(.drain, 1))
        #expect(tick(0) == step(.terminate, 1))
        #expect(tick(0) == step(.kill, 1))
        #expect(tick(0).isEmpty)
    }

    @Test("at random, no worker's stage ever goes back, and each is killed 15 s after it was asked at the latest")
    func atRandom() {
        for seed in 1...UInt64(TestLength.rounds(300, long: 5_000)) {
            var (generator, plan) = (SeededGenerator(seed: seed), ShutdownPlan(limits: WorkerTimeouts()))
            var (stages, asked, now) = ([UInt64: ShutdownPlan.Stage](), [UInt64: Instant](), Instant.zero)
            for _ in 0..<60 {
                var actions: [ShutdownPlan.Action] = []
                if Int.random(in: 0..<3, using: &generator) == 0 {
                    let incarnation = UInt64.random(in: 1...6, using: &generator)
                    let stage = ShutdownPlan.Stage(rawValue: Int.random(in: 0...2, using: &generator)) ?? .kill
                    asked[incarnation] = asked[incarnation] ?? now
                    actions = plan.stop(incarnation, from: stage, at: now)
                } else {
                    now = max(now, min(now + .seconds(2), plan.nextDeadline ?? now + .seconds(2)))
                    actions = plan.tick(at: now)
                }
                for action in actions {
                    if let old = stages[action.incarnation], old >= action.stage { Issue.record("seed \(seed)") }
                    stages[action.incarnation] = action.stage
                }
                for (incarnation, begin) in asked where now - begin >= .seconds(15) {
                    if stages[incarnation] != .kill { Issue.record("seed \(seed): \(incarnation) at \(now - begin)") }
                }
                if let next = plan.nextDeadline, next < now { Issue.record("seed \(seed): a deadline in the past") }
            }
        }
    }
}
