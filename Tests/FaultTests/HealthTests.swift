import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension ProcessTests {
    /// Times are a tenth of the real ones, or those that the row asks for; a bound below 1 s is asserted as 1 s.
    @Suite("health")
    struct Health {
        /// A tenth of the defaults.
        private static let tenth = HealthPolicy(
            every: .milliseconds(100), suspectAfter: .milliseconds(300), unresponsiveAfter: .seconds(1),
            stalledAfter: .seconds(3))
        /// As S-08 has it.
        private static let fast = HealthPolicy(
            every: .milliseconds(200), suspectAfter: .milliseconds(600), unresponsiveAfter: .seconds(1),
            stalledAfter: .seconds(1))

        private static func options(_ health: HealthPolicy) -> PoolOptions { workerProgram { $0.health = health } }

        @Test("B1: a worker stopped for half the time that makes it suspect is not, and answers its call afterwards")
        func shortStop() async throws {
            try await withCluster { cluster in
                let health = HealthPolicy(
                    every: .milliseconds(100), suspectAfter: .seconds(1) * TestLength.patience,
                    unresponsiveAfter: .seconds(10))
                let pool = try await cluster.start(Groups.probes, count: 1, options: Self.options(health))
                let (worker, actor) = (pool.workers[0], pool.actor)
                let witness = Witness(pool.events)
                try send(SIGSTOP, to: worker)
                async let answer = actor.echo("here")
                try await Task.sleep(for: .milliseconds(500))
                try send(SIGCONT, to: worker)
                #expect(try await answer == "here")
                #expect(worker.state == .ready)
                #expect(witness.kinds(of: worker.id).isEmpty)
            }
        }

        @Test(
            "B2, S-08 (a): a stopped worker is suspect and gets no new calls, then it is killed, its calls fail, and it is replaced"
        )
        func stopped() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 2, options: Self.options(Self.tenth))
                let (worker, other, actor) = (pool.workers[0], pool.workers[1], pool.workers[0].actor)
                let witness = Witness(pool.events)
                let inFlight = Task { await failure { try await actor.sleep(milliseconds: 60_000) } }
                try await actor.wait(for: "runs", count: 1)
                let start = MonotonicClock.now
                try send(SIGSTOP, to: worker)
                let suspected = try await witness.wait(for: worker.id) { $0 == .suspect }
                #expect(suspected - start >= .milliseconds(300))
                #expect(worker.state == .suspect || worker.state == .exited)
                // Calls by pool go elsewhere; one by slot waits for whoever comes.
                let waiting = Task { try await withCallTimeout(.seconds(20)) { try await actor.pid() } }
                for _ in 0..<20 { #expect(try await pool.actor.pid() == other.pid) }
                guard case CallError.workerDied(worker.id, .signal(SIGKILL), .maybeExecuted)? = await inFlight.value
                else { return unexpected(await inFlight.value) }
                let time = MonotonicClock.now - start
                #expect(time >= .seconds(1))
                #expect(time < .milliseconds(1_800) * TestLength.patience)
                let replacement = try await pool.replacement(of: worker)
                #expect(try await waiting.value == replacement.pid)
                let kinds = witness.kinds(of: worker.id)
                #expect(kinds.first == .suspect)
                #expect(kinds.count { $0.isUnhealthy } == 1)
                #expect(kinds.compactMap(\.exitStatus).first == .signal(SIGKILL))
            }
        }

        @Test(
            "B3: a suspect worker that goes on is itself again with its first pong: calls that waited reach it, none is lost"
        )
        func recovery() async throws {
            try await withCluster { cluster in
                let health = HealthPolicy(
                    every: .milliseconds(100), suspectAfter: .milliseconds(300), unresponsiveAfter: .seconds(60))
                let pool = try await cluster.start(Groups.probes, count: 1, options: Self.options(health))
                let (worker, actor) = (pool.workers[0], pool.actor)
                let witness = Witness(pool.events)
                let inFlight = Task { try await actor.echo(1, afterMilliseconds: 300) }
                try send(SIGSTOP, to: worker)
                _ = try await witness.wait(for: worker.id) { $0 == .suspect }
                #expect(worker.state == .suspect)
                let waiting = Task { try await actor.pid() }
                #expect(try await eventually { cluster.actorSystem.pendingCalls == 2 })
                try send(SIGCONT, to: worker)
                #expect(try await waiting.value == worker.pid)
                #expect(try await inFlight.value == 1)
                #expect(worker.state == .ready)
                #expect(Array(witness.kinds(of: worker.id).prefix(2)) == [.suspect, .recovered])
            }
        }

        @Test(
            "B5, S-08 (b): a worker is stalled and killed when no thread starts waiting work, those of the loop or Swift's own"
        )
        func stalled() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 2, options: Self.options(Self.fast))
                let witness = Witness(pool.events)
                async let loop: Void = Self.expectStall("loop", of: pool.workers[0], in: pool, witness)
                async let threads: Void = Self.expectStall("pool", of: pool.workers[1], in: pool, witness)
                _ = try await (loop, threads)
            }
        }

        private static func expectStall(
            _ threads: String, of worker: WorkerHandle<Probe>, in pool: WorkerPool<Probe>, _ witness: Witness
        ) async throws {
            let start = MonotonicClock.now
            let stuck = try await block(threads, of: worker.incarnation)
            let found = try await witness.wait(for: worker.id) { $0.isUnhealthy }
            // The work that waits may have been there a moment before.
            #expect(found - start >= .milliseconds(900))
            #expect(found - start < .milliseconds(1_800) * TestLength.patience)
            for call in stuck {
                guard case CallError.workerDied(worker.id, .signal(SIGKILL), .maybeExecuted)? = await call.value
                else { return unexpected(await call.value) }
            }
            let texts = witness.kinds(of: worker.id).map(\.description).filter { $0.contains("no waiting work") }
            #expect(texts.count == 1)
            #expect(witness.kinds(of: worker.id).allSatisfy { $0 != .suspect }, "its loop answers")
            _ = try await pool.replacement(of: worker)
        }

        private static func block(_ threads: String, of probe: Probe) async throws -> [Task<(any Error)?, Never>] {
            if threads == "pool" {
                return [Task { await failure { try await probe.blockAllThreads(milliseconds: 60_000) } }]
            }
            var bouncers: [Bouncer] = []
            for _ in 0..<2 * ProcessInfo.processInfo.activeProcessorCount {
                bouncers.append(try await probe.makeBouncer())
            }
            return bouncers.map { bouncer in Task { await failure { try await bouncer.spin(milliseconds: 60_000) } } }
        }

        @Test("B4, S-08 (c): a handler that computes and one that waits, both for longer than a stall, are none")
        func busy() async throws {
            try await withCluster { cluster in
                let health = HealthPolicy(
                    every: .milliseconds(100), suspectAfter: .seconds(1) * TestLength.patience,
                    unresponsiveAfter: .seconds(2) * TestLength.patience,
                    stalledAfter: .seconds(1) * TestLength.patience)
                let pool = try await cluster.start(Groups.probes, count: 1, options: Self.options(health))
                let (worker, actor) = (pool.workers[0], pool.actor)
                let witness = Witness(pool.events)
                let other = try await actor.makeBouncer()
                try await withCallTimeout(.seconds(60)) {
                    async let spinning: Void = other.spin(milliseconds: 1_500 * TestLength.patience)
                    async let waiting = actor.echo(7, afterMilliseconds: 1_500 * TestLength.patience)
                    try await spinning
                    #expect(try await waiting == 7)
                }
                #expect(witness.kinds(of: worker.id).isEmpty)
                #expect(worker.state == .ready)
            }
        }
    }
}

extension SharingTests {
    @Suite("health, when the primary was stopped")
    struct StoppedPrimary {
        @Test("B6, S-08 (d): a primary that was stopped itself for longer than any limit blames no worker")
        func primaryStopped() async throws {
            try await leavingNothing {
                let primary = try OwnedProcess("FaultyWorkers", ["watching"])
                let output = Lines(primary.channel)
                let workers = try await output.next().split(separator: " ").compactMap { Int32($0) }
                #expect(workers.count == 4)
                // This one has left a ping unanswered by the time that the primary stops, and is slower to go on.
                kill(workers[0], SIGSTOP)
                try await Task.sleep(for: .milliseconds(200))
                kill(primary.pid, SIGSTOP)
                try await Task.sleep(for: .milliseconds(1_400))
                kill(primary.pid, SIGCONT)
                try await Task.sleep(for: .milliseconds(200))
                kill(workers[0], SIGCONT)
                // What it tells next would be an event that it saw; so long it would take to see one.
                try await Task.sleep(for: .milliseconds(600))
                kill(primary.pid, SIGTERM)
                #expect(try await output.next() == "over")
                for worker in workers { #expect(try await waitUntilGone(worker, within: .seconds(10))) }
            }
        }
    }
}
