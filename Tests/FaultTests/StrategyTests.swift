import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("strategies across pools")
    struct Strategies {
        private static let groups = [Groups.probes, Groups.others, Groups.more, Groups.bystanders]

        private static var fragile: PoolOptions { workerProgram { $0.intensity = RestartIntensity(0) } }

        @Test(
            "S-10: when a pool gives up, it, all, or it and the later ones restart; references go on working",
            arguments: [
                (SupervisionStrategy.oneForOne, [1]), (.oneForAll, [0, 1, 2, 3]), (.restForOne, [1, 2, 3]),
            ])
        func restarts(strategy: SupervisionStrategy, changed: [Int]) async throws {
            try await withCluster { cluster in
                try await cluster.supervise(strategy, intensity: RestartIntensity(1)) { supervisor in
                    let events = cluster.events.makeAsyncIterator()
                    var pools: [WorkerPool<Probe>] = []
                    for group in Self.groups {
                        pools.append(try await supervisor.start(group, count: 1, options: Self.fragile))
                    }
                    let old = pools.map { $0.workers[0] }
                    try send(SIGKILL, to: old[1])
                    #expect(try await eventually { old[1].state == .exited })
                    for (pool, worker) in zip(pools, old) {
                        #expect(try await pool.actor.echo("pool") == "pool")
                        #expect(try await worker.actor.echo("slot") == "slot")
                    }
                    for place in changed { _ = try await pools[place].replacement(of: old[place]) }
                    let now = pools.map { $0.workers[0] }
                    #expect((0..<4).filter { now[$0].id != old[$0].id } == changed)
                    var order: [String] = []
                    while order.count < 2 * changed.count, let event = await events.next() {
                        guard let worker = event.worker else { continue }
                        let place = Self.groups.firstIndex { $0.name == worker.group } ?? 9
                        switch event.kind {
                        case .exited: order.append("exit \(place)")
                        case .ready where worker.incarnation > 4: order.append("ready \(place)")
                        default: continue
                        }
                    }
                    let stops = ([1] + changed.reversed().filter { $0 != 1 }).map { "exit \($0)" }
                    #expect(order == stops + changed.map { "ready \($0)" })
                }
                #expect(ownWorkers() == [])
            }
        }

        @Test("calls to a pool whose workers have all been stopped by wish fail at once, under a strategy too")
        func stoppedByWish() async throws {
            try await withCluster { cluster in
                try await cluster.supervise(.oneForAll) { supervisor in
                    let pool = try await supervisor.start(Groups.probes, count: 2, options: workerProgram())
                    for worker in pool.workers { await worker.stop() }
                    let error = await failure { try await withCallTimeout(nil) { try await pool.actor.nothing() } }
                    #expect(error as? CallError == .noWorkerAvailable(group: "probes"))
                }
            }
        }

        @Test("S-11: restarts beyond the strategy's intensity end the run with an error that names slot and last exit")
        func givesUp() async throws {
            let error = await failure {
                try await withCluster { cluster in
                    try await cluster.supervise(.oneForAll, intensity: RestartIntensity(2, in: .seconds(5))) {
                        let pool = try await $0.start(Groups.probes, count: 1, options: Self.fragile)
                        _ = try await $0.start(Groups.others, count: 3, options: workerProgram())
                        while true {
                            try await pool.actor.nothing()
                            _ = await failure { try await pool.actor.exit(code: 41) }
                        }
                    }
                }
            }
            guard case ClusterError.gaveUp(let worker, let story)? = error else { return unexpected(error) }
            #expect(worker.group == "probes" && worker.slot == 0)
            #expect(story.contains("41") && story.contains("oneForAll"))
            #expect(ownWorkers() == [])
        }

        @Test("S-11: without a strategy a pool that gives up ends the run; the other pool's workers are gone then")
        func givesUpAlone() async throws {
            let error = await failure {
                try await withCluster { cluster in
                    let options = workerProgram {
                        $0.intensity = RestartIntensity(2, in: .seconds(5))
                        $0.backoff = .none
                    }
                    let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                    _ = try await cluster.start(Groups.others, count: 3, options: workerProgram())
                    while !Task.isCancelled { _ = await failure { try await pool.actor.exit(code: 42) } }
                }
            }
            guard case ClusterError.gaveUp(let worker, let story)? = error else { return unexpected(error) }
            #expect(worker.group == "probes" && worker.slot == 0)
            #expect(story.contains("42"))
            #expect(ownWorkers() == [])
        }

        @Test("calls to pools that restart wait: of those that were not in the dead worker none fails")
        func callsWait() async throws {
            try await withCluster { cluster in
                try await cluster.supervise(.oneForAll) { supervisor in
                    let pool = try await supervisor.start(Groups.probes, count: 1, options: Self.fragile)
                    let other = try await supervisor.start(Groups.others, count: 2, options: workerProgram())
                    let load = try await Load(on: other.actor)
                    for _ in 0..<3 {
                        let worker = pool.workers[0]
                        try send(SIGKILL, to: worker)
                        #expect(try await eventually { worker.state == .exited })
                        #expect(try await pool.actor.echo("again") == "again")
                        #expect(try await other.actor.echo("again") == "again")
                    }
                    #expect(try await load.stop() > 0)
                }
            }
        }

        @Test("a slot that goes when its pool restarts takes its turn to be replaced with it: the others need not wait")
        func turnOfRemovedSlot() async throws {
            try await withCluster { cluster in
                try await cluster.supervise(.oneForAll) { supervisor in
                    let trigger = try await supervisor.start(Groups.probes, count: 1, options: Self.fragile)
                    let pool = try await supervisor.start(Groups.others, count: 1, options: Self.neverGrown())
                    let events = pool.events.makeAsyncIterator()
                    let growth = Task { await failure { try await pool.scale(to: 3) } }
                    var spawned = 0
                    while spawned < 2, let event = await events.next() {
                        guard event.worker?.slot == 1 else { continue }
                        if case .ready = event.kind { try await pool.workers[1].incarnation.nothing() }
                        if case .spawned = event.kind { spawned += 1 }
                    }
                    let old = pool.workers[0]
                    try send(SIGKILL, to: trigger.workers[0])
                    #expect(await growth.value as? ClusterError == .stopped)
                    let new = try await pool.replacement(of: old)
                    #expect(pool.workers.count == 1)
                    try await new.incarnation.nothing()
                    _ = try await pool.replacement(of: new)
                }
            }
        }

        /// Workers are replaced after their first call. Slot 1 has a first process that gets ready, and slot 2 none, so
        /// the pool does not get to a size of three, and it stays slot 1's turn.
        private static func neverGrown() -> PoolOptions {
            let starts = Lock([Int: Int]())
            return workerProgram {
                $0.limits.calls = 1
                $0.health.every = .milliseconds(100)
                $0.timeouts.drain = .milliseconds(100)
                $0.process.perSlot = { slot, process in
                    let start = starts.withLock { starts in
                        starts[slot, default: 0] += 1
                        return starts[slot, default: 0]
                    }
                    if slot == 2 || slot == 1 && start > 1 { process.arguments = ["rogue", "\(Misdeed.neverReady)"] }
                }
            }
        }

        @Test(
            "a pool that its user stops stays stopped, its strategy's other pools go on; leaving the closure stops them"
        )
        func stoppedByUser() async throws {
            try await withCluster(bystander: true) { cluster in
                try await cluster.supervise(.oneForAll) { supervisor in
                    let first = try await supervisor.start(Groups.probes, count: 1, options: Self.fragile)
                    let second = try await supervisor.start(Groups.others, count: 1, options: Self.fragile)
                    await first.stop()
                    let worker = second.workers[0]
                    try send(SIGKILL, to: worker)
                    _ = try await second.replacement(of: worker)
                    #expect(await failure { try await first.actor.nothing() } as? CallError == .shuttingDown)
                    let again = try await supervisor.start(Groups.probes, count: 1, options: Self.fragile)
                    #expect(try await again.actor.echo("again") == "again")
                }
                #expect(ownWorkers().count == 1)
                let free = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                #expect(try await free.actor.echo("free") == "free")
            }
        }

        @Test("a start that fails is thrown to whoever asked for it and is no matter of the strategy")
        func firstStartFails() async throws {
            try await withCluster(bystander: true) { cluster in
                try await cluster.supervise(.oneForAll, intensity: RestartIntensity(0)) { supervisor in
                    let pool = try await supervisor.start(Groups.probes, count: 1, options: Self.fragile)
                    let error = await failure {
                        _ = try await supervisor.start(Groups.throwing, count: 2, options: workerProgram())
                    }
                    guard case ClusterError.failedToInitialize? = error else { return unexpected(error) }
                    #expect(try await pool.actor.echo("on") == "on")
                }
            }
        }
    }
}
