import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("reload")
    struct Reload {
        @Test(
            """
            G-07, G7: under load each slot gets a new process: no call fails, never fewer than 4 ready nor more than 5 \
            processes, and nobody is called whose successor is ready
            """)
        func underLoad() async throws {
            try await withCluster(bystander: true) { cluster in
                let options = workerProgram { $0.timeouts.settle = .milliseconds(200) }
                let pool = try await cluster.start(Groups.probes, count: 4, options: options)
                let before = pool.workers
                let watch = ReloadWatch(pool)
                let load = try await Load(on: pool.actor)
                for round in 1...2 {
                    try await pool.reload()
                    #expect(pool.workers.map(\.id.incarnation).min() ?? 0 > round * 4)
                }
                #expect(try await load.stop() > 0)
                let seen = try await watch.stop(after: 2, processesBefore: 4)
                #expect(seen.failures == [] && seen.calls > 0 && seen.looks > 100)
                #expect(seen.leastReady == 4 && seen.mostProcesses == 5)
                #expect(seen.overtaken == [])
                #expect(Set(pool.workers.map(\.pid)).isDisjoint(with: before.map(\.pid)))
                #expect(before.allSatisfy { $0.state == .exited && !$0.isConnected })
                #expect(ownWorkers().count == 5)
            }
        }

        @Test(
            "G-07: of 100 calls a second for 20 s none fails, and none goes to a worker whose successor is ready",
            .enabled(if: TestLength.isLong))
        func steadyCalls() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 4, options: workerProgram())
                let old = pool.workers
                let watch = ReloadWatch(pool, callers: 0)
                async let reload: Void = pool.reload()
                let start = MonotonicClock.now
                let wrong = try await withThrowingTaskGroup(of: String?.self) { group in
                    for number in 0..<2_000 {
                        try await Task.sleep(for: start + .milliseconds(10 * number) - MonotonicClock.now)
                        group.addTask {
                            let before = pool.workers.map(\.id)
                            let worker = try await pool.actor.identity().worker
                            return worker.incarnation < before[worker.slot].incarnation ? "\(worker)" : nil
                        }
                    }
                    return try await group.reduce(into: [String]()) { if let worker = $1 { $0.append(worker) } }
                }
                try await reload
                let seen = try await watch.stop(processesBefore: 4)
                #expect(wrong == [] && seen.leastReady == 4 && seen.mostProcesses == 5)
                #expect(Set(pool.workers.map(\.pid)).isDisjoint(with: old.map(\.pid)))
            }
        }

        @Test("an old worker finishes its calls, and the statistics of its slot go on")
        func oldCalls() async throws {
            try await withBuilds { cluster, builds in
                let pool = try await cluster.start(Groups.probes, count: 1, options: builds.options(builds.make(1)))
                let old = pool.workers[0]
                let events = EventRecord(pool.events)
                let running = Task { try await old.actor.echo(7, afterMilliseconds: 600) }
                #expect(try await eventually { try await old.healthCheck().callsInFlight == 1 })
                try await pool.reload(executable: builds.make(2))
                #expect(try await running.value == 7)
                #expect(try await pool.versions() == ["2"])
                let statistics = pool.statistics.workers[0]
                #expect(statistics.restarts == 1 && statistics.calls.completed == 2)
                #expect(statistics.lastExit?.status == .code(0) && statistics.lastExit?.intentional == true)
                try await events.wait("reloaded") { $0.contains { $0.kind == .reloaded } }
                let new = pool.workers[0].id
                let order = events.events.filter { $0.worker == old.id && $0.kind.isExit || $0.worker == new }
                #expect(order.map(\.kind.name) == ["spawned", "online", "ready", "exited"])
                await events.stop()
            }
        }

        @Test("`surge` slots have their turn at once")
        func surge() async throws {
            try await withBuilds { cluster, builds in
                let options = builds.options(try builds.make(1)) { $0.timeouts.settle = .zero }
                let pool = try await cluster.start(Groups.probes, count: 4, options: options)
                let watch = ReloadWatch(pool)
                try await pool.reload(executable: builds.make(2), surge: 3)
                let seen = try await watch.stop(processesBefore: 4)
                #expect(seen.failures == [] && seen.leastReady == 4)
                #expect((5...7).contains(seen.mostProcesses))
                #expect(try await pool.versions() == ["2", "2", "2", "2"])
                for surge in [0, -1, Limits.workersPerPool + 1] {
                    guard case ClusterError.invalidOption? = await failure(of: { try await pool.reload(surge: surge) })
                    else {
                        Issue.record("a surge of \(surge) was not refused")
                        continue
                    }
                }
            }
        }

        @Test(
            """
            G-08, G8: a build that traps, exits with 125, is never ready or not well for long is undone: the error names \
            slot and reason, all slots run the build before, never fewer than 4 are ready, no call fails
            """,
            arguments: [0, 2],
            [
                (Builds.trapping, "no configuration of version 2"), ("exit 125", "exit code 125"),
                (Builds.neverReady, "was not ready within 1.0 seconds"),
                (Builds.trapping(after: 100), "not well after all"),
            ])
        func badBuild(slot: Int, _ build: (ill: String, reason: String)) async throws {
            try await withBuilds { cluster, builds in
                let options = builds.options(try builds.make(1)) {
                    // The program that the first build starts takes longer to be ready on a busy machine.
                    $0.timeouts.ready = build.ill == Builds.neverReady ? .seconds(1) : .seconds(10)
                    $0.timeouts.ready *= TestLength.patience
                    // Long enough for one that dies a while after it is ready.
                    $0.timeouts.settle = .milliseconds(build.reason == "not well after all" ? 500 : 150)
                }
                let pool = try await cluster.start(Groups.probes, count: 4, options: options)
                let before = pool.workers.map(\.id)
                let events = EventRecord(pool.events)
                let watch = ReloadWatch(pool)
                let error = await failure {
                    try await pool.reload(executable: builds.make(2, ill: build.ill, in: [slot]))
                }
                guard case ClusterError.reloadFailed(let worker, let reason)? = error else { return unexpected(error) }
                #expect(worker.slot == slot)
                #expect(reason.contains(build.reason) || TestLength.patience > 1, "\(reason)")
                let seen = try await watch.stop(processesBefore: 4)
                #expect(seen.leastReady == 4 && seen.mostProcesses == 5)
                // One that was ready may have had calls.
                let isLate = build.reason == "not well after all"
                #expect(seen.failures == [] || isLate && seen.failures.allSatisfy { $0.contains("died") })
                #expect(try await pool.versions() == ["1", "1", "1", "1"])
                #expect(pool.workers.dropFirst(slot).map(\.id) == Array(before.dropFirst(slot)))
                try await events.wait("the failure") {
                    $0.contains { $0.kind == .reloadFailed("\(error.map { "\($0)" } ?? "")") }
                }
                try await pool.reload(executable: builds.make(3), surge: 4)
                #expect(try await pool.versions() == ["3", "3", "3", "3"])
                await events.stop()
            }
        }
    }
}
