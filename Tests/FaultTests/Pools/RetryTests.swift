import ActorCluster
import ActorClusterTesting
import Distributed
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("calls that a worker's death ends")
    struct RetryTests {
        @Test("P-08: of 30 jobs the one in the hand of the worker that is killed fails; all others are done, each once")
        func job() async throws {
            try await withCluster { cluster in
                let options = workerProgram { $0.scheduling = .idleFirst() }
                let pool = try await cluster.start(Groups.probes, count: 3, options: options)
                let jobs = (0..<30).map { number in
                    Task { try await pool.actor.work("\(number)", milliseconds: 40) }
                }
                #expect(try await eventually { try await pool.workers[1].healthCheck().callsInFlight == 1 })
                try send(SIGKILL, to: pool.workers[1])
                var died = 0
                for (number, job) in jobs.enumerated() {
                    do {
                        #expect(try await job.value.name == "\(number)")
                    } catch CallError.workerDied(_, .signal(SIGKILL), .maybeExecuted) {
                        died += 1
                    }
                }
                #expect(died == 1)
            }
        }

        @Test("P-08: a job that may run twice is done once more elsewhere, and not a third time")
        func idempotent() async throws {
            try await withCluster { cluster in
                let options = workerProgram { $0.restart = .never }
                let pool = try await cluster.start(Groups.probes, count: 3, options: options)
                #expect(try await pool.actor(idempotent: true).exitUnlessIn(slot: 1, code: 4) == 1)
                #expect(pool.workers.map(\.state) == [.exited, .ready, .ready])
            }
            try await withCluster { cluster in
                let options = workerProgram { $0.restart = .never }
                let pool = try await cluster.start(Groups.probes, count: 3, options: options)
                let error = await failure { _ = try await pool.actor(idempotent: true).exitUnlessIn(slot: 9, code: 4) }
                guard case CallError.workerDied(_, .code(4), .maybeExecuted)? = error else { return unexpected(error) }
                #expect(try await eventually { pool.workers.count { $0.state == .exited } == 2 })
                #expect(try await pool.actor.echo("alive") == "alive")
            }
        }

        @Test("calls that kill their workers are repeated ten times, and then one in ten")
        func budget() async throws {
            try await withCluster { cluster in
                let options = workerProgram { options in
                    options.intensity = .unlimited
                    options.backoff = Backoff(first: .zero)
                }
                let pool = try await cluster.start(Groups.probes, count: 2, options: options)
                for _ in 0..<20 {
                    let error = await failure {
                        _ = try await pool.actor(idempotent: true).exitUnlessIn(slot: 9, code: 4)
                    }
                    guard case CallError.workerDied? = error else { return unexpected(error) }
                }
                let processes = { @Sendable in pool.workers.reduce(into: 0) { $0 = max($0, Int($1.id.incarnation)) } }
                // 20 calls, 10 free repetitions and 2 that were saved up; two processes were there at first.
                #expect(try await eventually { processes() == 34 && pool.workers.allSatisfy { $0.state == .ready } })
            }
        }

        @Test("P-08: many calls to idle workers that are killed at any moment: each ends once, none runs twice")
        func killedAtRandom() async throws {
            let rounds = TestLength.rounds(100, long: 3_125)
            try await withCluster { cluster in
                let options = workerProgram { options in
                    options.scheduling = .idleFirst()
                    options.intensity = .unlimited
                    options.backoff = Backoff(first: .zero)
                }
                let pool = try await cluster.start(Groups.probes, count: 4, options: options)
                let callers = (0..<32).map { caller in
                    Task {
                        var died = 0
                        for round in 0..<rounds {
                            do {
                                let answer = try await pool.actor.echo(round, afterMilliseconds: caller % 2)
                                #expect(answer == round)
                            } catch CallError.workerDied(_, .signal(SIGKILL), .maybeExecuted) {
                                died += 1
                            }
                        }
                        return died
                    }
                }
                let killer = Task {
                    var (random, kills) = (SeededGenerator(seed: TestLength.seed), 0)
                    while !Task.isCancelled {
                        let worker = pool.workers[Int.random(in: 0..<4, using: &random)]
                        guard worker.state == .ready else { continue }
                        try send(SIGKILL, to: worker)
                        kills += 1
                        _ = try await pool.replacement(of: worker)
                    }
                    return kills
                }
                var died = 0
                for caller in callers { died += try await caller.value }
                killer.cancel()
                let kills = try await killer.value
                #expect(died <= kills, "one job in hand each")
                #expect(kills > 0)
                let calls = pool.statistics.calls
                #expect(calls.completed == UInt64(32 * rounds - died))
                #expect(calls.inFlight == 0 && pool.statistics.queued == 0)
            }
        }

        @Test("A5: 100 calls that have not been sent when their worker dies are done by another one, each once")
        func notSent() async throws {
            struct FirstSlot: WorkerSelecting {
                mutating func select(among candidates: [WorkerLoad]) -> Int? { candidates.first?.slot }
            }
            try await withCluster { cluster in
                let options = workerProgram { options in
                    options.restart = .never
                    options.scheduling = .custom(FirstSlot())
                    options.health.suspectAfter = .seconds(60)
                    options.health.unresponsiveAfter = .seconds(120)
                }
                let pool = try await cluster.start(Groups.probes, count: 2, options: options)
                let worker = pool.workers[0]
                let (peer, first) = (
                    try #require(cluster.actorSystem.routes.peer(worker.id.incarnation)), worker.incarnation
                )
                let pid = try #require(pool.workers[0].pid)
                #expect(try await holdStill(pid))
                // Above 1 MiB that it does not read, further calls are not sent.
                let filling = (0..<8).map { _ in
                    Task { await failure { _ = try await first.echo(bytes: [UInt8](repeating: 7, count: 200_000)) } }
                }
                #expect(
                    try await eventually { peer.counts().pending == 8 },
                    "\(worker.id) \(peer.counts()) \(pool.workers.map(\.state))")
                let calls = (0..<100).map { number in Task { try await pool.actor.echo("\(number)") } }
                #expect(try await eventually { peer.counts().pending == 108 })
                try send(SIGKILL, to: pool.workers[0])
                for call in filling { _ = await call.value }
                for (number, call) in calls.enumerated() { #expect(try await call.value == "\(number)") }
            }
        }
    }
}
