import ActorCluster
import ActorClusterTesting
import Distributed
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("statistics")
    struct StatisticsTests {
        @Test("T-01: a record for each worker comes at each interval; uptime grows by it")
        func intervals() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 4, options: workerProgram())
                var records: [PoolStatistics] = []
                let start = MonotonicClock.now
                for await statistics in cluster.statistics(every: .milliseconds(100)) {
                    records.append(try #require(statistics.pools.first))
                    _ = try await pool.actor.pid()
                    if records.count == 3 { break }
                }
                #expect(MonotonicClock.now - start >= .milliseconds(300))
                for record in records {
                    #expect(record.group == "probes")
                    #expect(record.workers.map(\.worker) == pool.workers.map(\.id))
                    #expect(record.workers.map(\.pid) == pool.workers.map(\.pid))
                    #expect(record.workers.allSatisfy { $0.memory ?? 0 > 1 << 20 && $0.state == .ready })
                }
                #expect(records.map(\.calls.completed) == [0, 1, 2])
                for (earlier, later) in zip(records, records.dropFirst()) {
                    for (before, after) in zip(earlier.workers, later.workers) {
                        let grown = try #require(after.uptime) - #require(before.uptime)
                        #expect(grown >= .milliseconds(50))
                    }
                }
            }
        }

        @Test("the sequence ends with its task, and with the cluster")
        func ends() async throws {
            try await withCluster { cluster in
                let reading = Task { for await _ in cluster.statistics(every: .seconds(60)) {} }
                reading.cancel()
                await reading.value
            }
            let stopped = Task {
                try await Cluster.run(Groups.all, options: Groups.options) { cluster in
                    Task { await cluster.shutDown() }
                    for await _ in cluster.statistics(every: .milliseconds(10)) {}
                }
            }
            try await stopped.value
        }

        @Test("T-03: a stopped worker holds nothing up; it is stale, and its silence says since when")
        func stale() async throws {
            try await withCluster { cluster in
                let options = workerProgram { options in
                    options.health.every = .milliseconds(100)
                    options.health.suspectAfter = .seconds(60)
                    options.health.unresponsiveAfter = .seconds(120)
                }
                let pool = try await cluster.start(Groups.probes, count: 8, options: options)
                try send(SIGSTOP, to: pool.workers[5])
                // On a busy machine another one may be late for a moment.
                #expect(try await eventually { pool.statistics.workers.filter(\.isStale).map(\.worker.slot) == [5] })
                let time = MonotonicClock.now
                let statistics = pool.statistics
                #expect(MonotonicClock.now - time < .seconds(1) * TestLength.patience)
                #expect(statistics.workers[5].silence ?? .zero > .milliseconds(200))
                #expect(statistics.workers.allSatisfy { $0.memory ?? 0 > 0 })
                #expect(statistics.workers.count { !$0.isStale } == 7)
                #expect(pool.workers[5].statistics?.isStale == true)
                try send(SIGCONT, to: pool.workers[5])
                #expect(try await eventually { pool.statistics.workers[5].isStale == false })
            }
        }

        /// How many of so many calls at once return.
        private func echo(_ count: Int, at actor: Probe) async -> Int {
            await withTaskGroup(of: Bool.self) { group in
                for number in 0..<count {
                    group.addTask { await failure { _ = try await actor.echo("\(number)") } == nil }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
        }

        @Test("T-04: counts outlive restarts; each slot knows its restarts and its last exit")
        func restarts() async throws {
            try await withCluster { cluster in
                let options = workerProgram { $0.backoff = Backoff(first: .zero) }
                let pool = try await cluster.start(Groups.probes, count: 4, options: options)
                // Half of them before the deaths, so that what the slot has done was done by several processes.
                let before = await echo(500, at: pool.actor)
                let early = pool.statistics.workers[1].calls
                for _ in 0..<3 {
                    let old = pool.workers[1]
                    _ = await failure { try await old.incarnation.exit(code: 9) }
                    _ = try await pool.replacement(of: old)
                }
                let after = await echo(500, at: pool.actor)
                let statistics = pool.statistics
                #expect(before == 500 && after == 500)
                #expect(statistics.calls.completed == 1_000)
                #expect(statistics.workers.reduce(0) { $0 + $1.calls.completed } == 1_000)
                #expect(early.completed > 0 && statistics.workers[1].calls.completed > early.completed)
                #expect(statistics.workers[1].calls.latency.count == statistics.workers[1].calls.completed)
                #expect(statistics.calls.died == 3)
                #expect(statistics.calls.started == 1_003 && statistics.calls.inFlight == 0)
                #expect(statistics.calls.latency.count == 1_000)
                #expect(
                    statistics.calls.latency.p50 > .zero
                        && statistics.calls.latency.p50 <= statistics.calls.latency.p999)
                #expect(statistics.calls.bytesSent > 1_000 && statistics.calls.bytesReceived > 1_000)
                #expect(statistics.workers.map(\.restarts) == [0, 3, 0, 0])
                let exit = try #require(statistics.workers[1].lastExit)
                #expect(exit.status == .code(9) && !exit.intentional && !exit.forced)
                #expect(statistics.workers[0].lastExit == nil)
                #expect(statistics.workers[1].calls.died == 3)
            }
        }

        @Test("each way that a call can end is counted, in the queue and at the worker")
        func endings() async throws {
            try await withCluster { cluster in
                let options = workerProgram { options in
                    options.scheduling = .idleFirst()
                    options.limits.queue = 2
                }
                let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                let actor = pool.actor
                _ = await failure { try await actor.failUnlisted(text: "x") }
                let long = Task { await failure { try await actor.sleep(milliseconds: 60_000) } }
                #expect(try await eventually { pool.statistics.calls.inFlight == 1 })
                let late = Task.immediate {
                    await failure { try await withCallTimeout(.milliseconds(50)) { _ = try await actor.pid() } }
                }
                let cancelled = Task.immediate { await failure { _ = try await actor.pid() } }
                #expect(pool.statistics.queued == 2)
                _ = await failure { _ = try await actor.pid() }
                cancelled.cancel()
                _ = await (late.value, cancelled.value)
                long.cancel()
                _ = await long.value
                let direct = pool.workers[0].incarnation
                _ = await failure {
                    try await withCallTimeout(.milliseconds(50)) { try await direct.sleep(milliseconds: 60_000) }
                }
                let (calls, queue) = (pool.statistics.calls, pool.statistics.queue)
                #expect([calls.failed, calls.cancelled, calls.timedOut, calls.died] == [1, 1, 1, 0])
                #expect([queue.overloaded, queue.timedOut, queue.cancelled, queue.refused] == [1, 1, 1, 0])
                #expect(pool.statistics.queued == 0)
                let text = try JSONEncoder().encode(cluster.statistics)
                #expect(try JSONDecoder().decode(ClusterStatistics.self, from: text).pools.first?.calls.failed == 1)
            }
        }
    }
}
