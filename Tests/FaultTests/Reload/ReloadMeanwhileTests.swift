import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("what happens during a reload")
    struct ReloadMeanwhile {
        @Test(
            "G-09, G9: of several reloads the second waits and the others share it; the last of their programs counts")
        func several() async throws {
            try await withBuilds { cluster, builds in
                let pool = try await cluster.start(Groups.probes, count: 2, options: builds.options(builds.make(1)))
                let events = EventRecord(pool.events)
                let paths = try (2...5).map { try builds.make($0) }
                let first = Task { try await pool.reload(executable: paths[0]) }
                try await events.wait("the first to begin") { $0.contains { $0.kind.isSpawn } }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for path in paths.dropFirst() { group.addTask { try await pool.reload(executable: path) } }
                    try await group.waitForAll()
                }
                try await first.value
                let versions = try await pool.versions()
                #expect(versions[0] == versions[1] && ["3", "4", "5"].contains(versions[0]))
                try await events.wait("both to end") { $0.count { $0.kind == .reloaded } == 2 }
                #expect(events.events.count { $0.kind.isSpawn } == 4)
                await events.stop()
            }
        }

        @Test(
            "a cancelled caller has its error at once; the reload that it asked for goes on, one that waited does not begin"
        )
        func cancelled() async throws {
            try await withBuilds { cluster, builds in
                // The first one must not be over before it is cancelled, however slow the machine is.
                let options = builds.options(try builds.make(1)) { $0.timeouts.settle = .seconds(2) }
                let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                let events = EventRecord(pool.events)
                let path = try builds.make(2)
                let first = Task { await failure { try await pool.reload(executable: path) } }
                try await events.wait("its beginning") { $0.contains { $0.kind.isSpawn } }
                let second = Task { await failure { try await pool.reload() } }
                for task in [second, first] {
                    task.cancel()
                    #expect(await task.value is CancellationError)
                }
                try await events.wait("the end") { $0.contains { $0.kind == .reloaded } }
                #expect(try await pool.versions() == ["2"])
                #expect(events.events.count { $0.kind.isSpawn } == 1)
                await events.stop()
            }
        }

        @Test("G9: a worker that dies during a reload restarts with the build that its slot is to have")
        func deaths() async throws {
            try await withBuilds { cluster, builds in
                let options = builds.options(try builds.make(1)) { $0.timeouts.settle = .milliseconds(500) }
                let pool = try await cluster.start(Groups.probes, count: 3, options: options)
                let before = pool.workers
                let path = try builds.make(2)
                let reload = Task { try await pool.reload(executable: path) }
                let new = try await pool.replacement(of: before[0])
                try send(SIGKILL, to: before[2])
                let restarted = try await pool.replacement(of: before[2])
                #expect(try await restarted.incarnation.environment("VERSION") == "1")
                _ = try await pool.replacement(of: before[1])
                #expect(pool.workers[0].id == new.id)
                try send(SIGKILL, to: new)
                try await reload.value
                #expect(try await pool.versions() == ["2", "2", "2"])
            }
        }

        @Test("G9: a stop during a reload wins: the reload ends with `stopped`, and everybody is gone in time")
        func stopped() async throws {
            try await withBuilds { cluster, builds in
                let options = builds.options(try builds.make(1)) { $0.timeouts.drain = .milliseconds(300) }
                let pool = try await cluster.start(Groups.probes, count: 2, options: options)
                let path = try builds.make(2, ill: Builds.neverReady, in: [0])
                let reload = Task { await failure { try await pool.reload(executable: path) } }
                #expect(try await eventually { ownWorkers().count == 3 })
                let time = await elapsed { await pool.stop() }
                #expect(time < .seconds(2) * TestLength.patience)
                #expect(await reload.value as? ClusterError == .stopped)
                #expect(ownWorkers().isEmpty)
                #expect(await failure { try await pool.reload() } as? ClusterError == .stopped)
            }
        }

        @Test(
            "changes of size and reloads are made one after another; slots that a pool grows by later have the new build"
        )
        func scaling() async throws {
            try await withBuilds { cluster, builds in
                let pool = try await cluster.start(Groups.probes, count: 2, options: builds.options(builds.make(1)))
                let path = try builds.make(2)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await pool.scale(to: 4) }
                    group.addTask { try await pool.reload(executable: path) }
                    group.addTask { try await pool.scale(to: 3) }
                    group.addTask { try await pool.reload() }
                    try await group.waitForAll()
                }
                #expect(try await pool.versions().allSatisfy { $0 == "2" })
                try await pool.scale(to: 5)
                #expect(try await pool.versions() == ["2", "2", "2", "2", "2"])
            }
        }

        @Test("a strategy that restarts a pool ends its reload; the pool starts with the build before")
        func strategy() async throws {
            try await withBuilds { cluster, builds in
                try await cluster.supervise(.oneForAll) { supervisor in
                    let options = builds.options(try builds.make(1)) { $0.timeouts.settle = .seconds(600) }
                    let pool = try await supervisor.start(Groups.probes, count: 2, options: options)
                    let other = try await supervisor.start(
                        Groups.others, count: 1, options: workerProgram { $0.intensity = RestartIntensity(0) })
                    let path = try builds.make(2)
                    let old = pool.workers[1]
                    let reload = Task { await failure { try await pool.reload(executable: path) } }
                    _ = try await pool.replacement(of: pool.workers[0])
                    try send(SIGKILL, to: other.workers[0])
                    #expect(await reload.value as? ClusterError == .stopped)
                    _ = try await pool.replacement(of: old)
                    #expect(try await pool.versions() == ["1", "1"])
                }
            }
        }

        @Test(
            "a slot that was stopped stays empty, one that was given up is filled; nobody is replaced for age meanwhile"
        )
        func emptySlots() async throws {
            try await withBuilds { cluster, builds in
                let options = builds.options(try builds.make(1)) {
                    $0.intensity = RestartIntensity(0)
                    $0.limits.age = .seconds(1)
                    $0.timeouts.settle = .seconds(1)
                }
                let pool = try await cluster.start(Groups.probes, count: 3, options: options)
                let events = EventRecord(pool.events)
                await pool.workers[1].stop()
                try send(SIGKILL, to: pool.workers[2])
                try await events.wait("the end of slot 2") { $0.contains { $0.kind.isGaveUp } }
                let spawns = events.events.count { $0.kind.isSpawn }
                try await pool.reload(executable: builds.make(2))
                try await events.wait("its end") { $0.contains { $0.kind == .reloaded } }
                let untilItsEnd = events.events.prefix { $0.kind != .reloaded }
                #expect(untilItsEnd.count { $0.kind.isSpawn } - spawns == 2)
                #expect(pool.workers[1].state == .exited)
                for slot in [0, 2] { #expect(try await pool.workers[slot].actor.environment("VERSION") == "2") }
                // After it they are.
                try await events.wait("a replacement for age") { $0.count { $0.kind.isSpawn } - spawns > 2 }
                await events.stop()
            }
        }
    }
}
