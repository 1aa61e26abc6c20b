import ActorCluster
import ActorClusterTesting
import FaultActors
import ProcessIO
import Testing

extension SharingTests {
    /// A root actor that is asked how it is. Times are a tenth of the real ones at most.
    @Suite("root actors that report their health")
    struct Reporting {
        private static func options(_ change: (inout HealthPolicy) -> Void = { _ in }) -> PoolOptions {
            workerProgram {
                $0.health = HealthPolicy(every: .milliseconds(50))
                $0.health.checkEvery = .milliseconds(100)
                change(&$0.health)
            }
        }

        @Test("it is asked again and again, and what it says is part of the worker's health")
        func details() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.reporters, count: 1, options: Self.options())
                let actor = pool.actor
                #expect(try await eventually { try await actor.timesAsked() >= 3 })
                let asked = try await actor.timesAsked()
                let report = try await pool.workers[0].healthCheck()
                #expect(report.details["database"] == "connected")
                #expect(try Int(#require(report.details["asked"])) ?? 0 > asked, "asked anew")
                let probes = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                #expect(try await probes.workers[0].healthCheck().details.isEmpty)
            }
        }

        @Test("a health check waits for it 250 ms; then it has what was said last")
        func lateDetails() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(
                    Groups.reporters, count: 1, options: Self.options { $0.checkEvery = .seconds(3_600) })
                let worker = pool.workers[0]
                #expect(try await worker.healthCheck().details["asked"] == "1")
                try await pool.actor.become(.endless)
                let start = MonotonicClock.now
                #expect(try await worker.healthCheck().details["asked"] == "1")
                let time = MonotonicClock.now - start
                #expect(time >= .milliseconds(250))
                #expect(time < .milliseconds(1_250) * TestLength.patience)
                #expect(worker.state == .ready)
            }
        }

        @Test(
            "it is drained and replaced, as a failure, when it throws three times running, says too much or takes too long",
            arguments: [Reporter.Mood.throwing, .talkative, .endless])
        func replaced(mood: Reporter.Mood) async throws {
            try await withCluster(bystander: true) { cluster in
                let options = Self.options { $0.checkLimit = .milliseconds(300) }
                let pool = try await cluster.start(Groups.reporters, count: 1, options: options)
                let worker = pool.workers[0]
                let witness = Witness(pool.events)
                // What runs when it is asked to leave is finished first.
                let running = Task { try await pool.actor.echo("done", afterMilliseconds: 500) }
                try await pool.actor.become(mood)
                _ = try await witness.wait(for: worker.id) { $0.isUnhealthy }
                _ = try await witness.wait(for: worker.id) { $0.exitStatus != nil }
                #expect(try await running.value == "done")
                let kinds = witness.kinds(of: worker.id)
                #expect(kinds.count { $0.isUnhealthy } == 1)
                #expect(kinds.compactMap(\.exitStatus).first == .code(0))
                if mood != .endless {
                    let errors = kinds.filter { if case .error = $0 { true } else { false } }
                    #expect(errors.count >= 3, "what it throws is told: \(kinds)")
                }
                let text = kinds.map(\.description).joined()
                #expect(text.contains(mood == .endless ? "has taken" : "has thrown 3 times running"), "\(text)")
                _ = try await pool.replacement(of: worker)
            }
        }

        @Test("twice is not three times: an answer in between begins the count anew")
        func recovers() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.reporters, count: 1, options: Self.options())
                let (worker, actor) = (pool.workers[0], pool.actor)
                let record = EventRecord(pool.events)
                try await actor.become(.relapsing)
                // Twice and twice, and another time, so that the pings that tell of the first four have been judged.
                try await record.wait("what it throws") { $0.count { $0.kind.isError } >= 5 }
                #expect(worker.state == .ready)
                #expect(!record.events.contains { $0.kind.isUnhealthy })
                try await actor.become(.well)
                #expect(try await worker.healthCheck().details["database"] == "connected")
            }
        }
    }
}
