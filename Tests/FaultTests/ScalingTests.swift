import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("scaling")
    struct ScalingTests {
        @Test("G-10: from 2 workers under load to 5, then to 3: slots 4 and 3 leave, no call fails, none is restarted")
        func upAndDown() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 2, options: workerProgram())
                let load = try await Load(on: pool.actor)
                try await pool.scale(to: 5)
                let all = pool.workers
                #expect(all.map(\.id.slot) == Array(0..<5))
                #expect(all.allSatisfy { $0.state == .ready })
                for worker in all { #expect(try await worker.actor.identity().worker == worker.id) }
                try await pool.scale(to: 3)
                #expect(pool.workers.map(\.id) == all.prefix(3).map(\.id))
                #expect(all[3].state == .exited && all[4].state == .exited)
                for gone in all[3...] {
                    let error = await failure { _ = try await gone.actor.echo("gone") }
                    #expect(error as? CallError == .noWorkerAvailable(group: "probes"))
                }
                #expect(try await load.stop() > 0)
                #expect(ownWorkers().count == 4)
            }
        }

        @Test("a new worker that fails undoes the growth: its error is thrown, and the pool is as it was")
        func growthFails() async throws {
            try await withTemporaryDirectory { directory in
                try await withCluster(bystander: true) { cluster in
                    let options = workerProgram {
                        $0.process.arguments = Misdeed.failsToInitialize.arguments(in: 4...4, countedIn: directory)
                    }
                    let pool = try await cluster.start(Groups.probes, count: 2, options: options)
                    let before = pool.workers.map(\.id)
                    let events = pool.events.makeAsyncIterator()
                    let error = await failure { try await pool.scale(to: 5) }
                    guard case ClusterError.failedToInitialize(let worker, _)? = error else { return unexpected(error) }
                    #expect((2...4).contains(worker.slot))
                    #expect(pool.workers.map(\.id) == before)
                    #expect(pool.workers.allSatisfy { $0.state == .ready })
                    #expect(ownWorkers().count == 3)
                    try await pool.scale(to: 3)
                    #expect(pool.workers.count == 3)
                    var sizes: [ClusterEvent.Kind] = []
                    while sizes.count < 3, let event = await events.next() {
                        if case .scaled = event.kind { sizes.append(event.kind) }
                    }
                    #expect(sizes == [.scaled(from: 2, to: 5), .scaled(from: 5, to: 2), .scaled(from: 2, to: 3)])
                }
            }
        }

        @Test("several changes are made one after another; sizes that cannot be are refused; the pool's stop ends them")
        func severalAtOnce() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for count in [4, 2, 3, 3] { group.addTask { try await pool.scale(to: count) } }
                    try await group.waitForAll()
                }
                #expect((2...4).contains(pool.workers.count))
                try await pool.scale(to: 3)
                #expect(pool.workers.count == 3 && pool.workers.allSatisfy { $0.state == .ready })
                for count in [0, -1, Limits.workersPerPool + 1] {
                    guard case ClusterError.invalidOption? = await failure(of: { try await pool.scale(to: count) })
                    else {
                        Issue.record("\(count) workers were not refused")
                        continue
                    }
                }
                async let growing = failure { try await pool.scale(to: 6) }
                async let waiting = failure { try await pool.scale(to: 2) }
                #expect(try await eventually { pool.workers.count == 6 || pool.workers.count == 2 })
                await pool.stop()
                for error in await [growing, waiting] where error != nil {
                    #expect(error as? ClusterError == .stopped)
                }
                #expect(await failure { try await pool.scale(to: 2) } as? ClusterError == .stopped)
            }
        }

        @Test("a cancelled growth is undone; a cancelled wait for one's turn changes nothing")
        func cancelled() async throws {
            try await withTemporaryDirectory { directory in
                try await withCluster { cluster in
                    let options = workerProgram {
                        $0.process.arguments = Misdeed.neverReady.arguments(in: 2...2, countedIn: directory)
                        $0.timeouts.drain = .milliseconds(100)
                    }
                    let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                    let growth = Task { await failure { try await pool.scale(to: 2) } }
                    #expect(try await eventually { pool.workers.count == 2 && pool.workers[1].state == .initializing })
                    let next = Task { await failure { try await pool.scale(to: 3) } }
                    next.cancel()
                    #expect(await next.value is CancellationError)
                    growth.cancel()
                    #expect(await growth.value is CancellationError)
                    #expect(pool.workers.count == 1)
                    try await pool.scale(to: 2)
                    #expect(try await pool.workers[1].actor.echo("new") == "new")
                }
            }
        }
    }
}
