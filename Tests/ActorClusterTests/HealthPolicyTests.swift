import ActorClusterTesting
import ProcessIO
import Testing

@testable import ActorCluster

@Suite("HealthPolicy and PoolLimits", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct HealthPolicyTests {
    @Test("the defaults are those of the documentation, and right")
    func defaults() throws {
        let policy = HealthPolicy()
        #expect(policy.every == .seconds(1))
        #expect(policy.suspectAfter == .seconds(3))
        #expect(policy.unresponsiveAfter == .seconds(10))
        #expect(policy.stalledAfter == .seconds(30))
        #expect(policy.checkEvery == .seconds(10))
        #expect(policy.checkLimit == .seconds(30))
        #expect(policy.checkFailures == 3)
        #expect(policy.memoryEvery == .seconds(5))
        #expect(PoolLimits() == PoolOptions().limits)
        #expect(PoolLimits().memory == nil && PoolLimits().age == nil && PoolLimits().calls == nil)
        try PoolOptions().check()
    }

    @Test("a setting that cannot work is refused by a sentence with its name")
    func refused() {
        let changes: [(String, @Sendable (inout PoolOptions) -> Void)] = [
            ("HealthPolicy.every", { $0.health.every = .zero }),
            ("HealthPolicy.every", { $0.health.every = .milliseconds(9) }),
            ("HealthPolicy.every", { $0.health.every = .seconds(3_601) }),
            ("HealthPolicy.suspectAfter", { $0.health.suspectAfter = .milliseconds(999) }),
            ("HealthPolicy.unresponsiveAfter", { $0.health.unresponsiveAfter = .milliseconds(2_999) }),
            ("HealthPolicy.stalledAfter", { $0.health.stalledAfter = .milliseconds(999) }),
            ("HealthPolicy.checkEvery", { $0.health.checkEvery = .zero }),
            ("HealthPolicy.checkLimit", { $0.health.checkLimit = .seconds(-1) }),
            ("HealthPolicy.checkFailures", { $0.health.checkFailures = 0 }),
            ("HealthPolicy.memoryEvery", { $0.health.memoryEvery = .milliseconds(9) }),
            ("PoolLimits.memory", { $0.limits.memory = (16 << 20) - 1 }),
            ("PoolLimits.age", { $0.limits.age = .milliseconds(999) }),
            ("PoolLimits.calls", { $0.limits.calls = 0 }),
        ]
        for (name, change) in changes {
            var options = PoolOptions()
            change(&options)
            let error = #expect(throws: ClusterError.self) { try options.check() }
            #expect(error?.description.hasPrefix(name + " is ") == true, "\(String(describing: error))")
        }
    }

    @Test("settings of years and centuries are settings")
    func long() throws {
        var options = PoolOptions()
        let century = Duration.seconds(100 * 365 * 86_400)
        options.health = HealthPolicy(
            suspectAfter: century, unresponsiveAfter: century * 10, stalledAfter: century * 1_000)
        options.health.checkEvery = century * 1_000
        try options.check()
        var health = WorkerHealth(options.health, at: .zero + .seconds(5))
        #expect(health.tick(at: .zero + .seconds(5)).ping != nil)
        #expect(health.nextDeadline == .zero + .seconds(6))
    }
}
