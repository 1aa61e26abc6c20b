import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("draining workers")
    struct Draining {
        @Test("a call made inside a running one is taken by a draining worker: by its process, its slot and its pool")
        func nestedCalls() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 2, options: workerProgram())
                let (worker, other) = (pool.workers[0], pool.workers[1])
                let door = Door(actorSystem: cluster.actorSystem)
                let bouncer = try await worker.actor.makeBouncer()
                let targets = [worker.incarnation, worker.actor, pool.actor, other.actor]
                let calls = targets.map { target in
                    Task { try await withCallTimeout(nil) { try await bouncer.go(through: door, to: target) } }
                }
                // The other worker must have something to do, or it is gone before it is called.
                let keeping = Task { try await other.incarnation.echo(1, afterMilliseconds: 500) }
                try await door.wait(for: targets.count)
                try await waitUntilBusy(other)
                let stop = Task { await pool.stop() }
                #expect(try await eventually { pool.workers.allSatisfy { $0.state == .draining } })
                let time = await elapsed {
                    let refused = await failure { _ = try await worker.incarnation.echo("new") }
                    #expect(refused as? CallError == .shuttingDown)
                }
                #expect(time < .seconds(1) * TestLength.patience)
                try await door.open()
                let pids = Set([worker.pid, other.pid])
                #expect(try await calls[0].value == worker.pid)
                #expect(try await calls[1].value == worker.pid)
                #expect(pids.contains(try await calls[2].value))
                #expect(try await calls[3].value == other.pid)
                #expect(try await keeping.value == 1)
                await stop.value
            }
        }

        @Test(
            "G-06: a draining worker refuses new calls, finishes those that run, and its last notes come before its end"
        )
        func lastNotes() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.leavers, count: 1, options: workerProgram())
                let worker = pool.workers[0]
                let notebook = Notebook(actorSystem: cluster.actorSystem)
                try await worker.actor.keep(notebook)
                let events = cluster.events
                let running = Task { try await worker.actor.echo(5, afterMilliseconds: 300) }
                try await waitUntilBusy(worker)
                let stop = Task { await pool.stop() }
                #expect(try await eventually { worker.state == .draining })
                let refused = await failure { _ = try await worker.incarnation.echo("new") }
                #expect(refused as? CallError == .shuttingDown)
                for await event in events {
                    guard case .disconnected = event.kind else { continue }
                    break
                }
                #expect(try await notebook.all() == (1...5).map { "last \($0)" })
                #expect(try await running.value == 5)
                await stop.value
            }
        }

        @Test("A9, G-06: a worker that dies while it drains ends its calls and its drain at once, and is not restarted")
        func diesWhileDraining() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 2, options: workerProgram())
                let worker = pool.workers[0]
                let call = Task { await failure { try await worker.incarnation.sleep(milliseconds: 60_000) } }
                try await worker.incarnation.wait(for: "runs", count: 1)
                let events = cluster.events
                let stop = Task { await worker.stop() }
                #expect(try await eventually { worker.state == .draining })
                let time = try await elapsed {
                    try send(SIGSEGV, to: worker)
                    await stop.value
                }
                #expect(time < .seconds(1) * TestLength.patience)
                guard case CallError.workerDied(worker.id, .signal(SIGSEGV), .maybeExecuted)? = await call.value else {
                    return unexpected(await call.value)
                }
                await pool.stop()
                var started = 0
                for await event in events where event.group == "probes" {
                    if case .spawned = event.kind { started += 1 }
                    if event.kind == .stopped { break }
                }
                #expect(started == 0)
            }
        }

        @Test("S-02: a worker that is stopped, or gets SIGTERM from an operator, finishes its work, and stays away")
        func operatorsSignal() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 4, options: workerProgram())
                let workers = pool.workers
                let events = cluster.events
                let running = Task { try await workers[2].incarnation.echo(5, afterMilliseconds: 300) }
                try await waitUntilBusy(workers[2])
                await workers[1].stop()
                try send(SIGTERM, to: workers[2])
                #expect(try await running.value == 5)
                var exits: [WorkerID: ClusterEvent.Kind] = [:]
                for await event in events where exits.count < 2 {
                    if case .exited = event.kind, let worker = event.worker { exits[worker] = event.kind }
                    if exits.count == 2 { break }
                }
                let wished = ClusterEvent.Kind.exited(.code(0), intentional: true, forced: false, lastOutput: [])
                #expect(exits == [workers[1].id: wished, workers[2].id: wished])
                #expect(try await pool.actor.echo("goes on") == "goes on")
                #expect(pool.workers.map(\.state) == [.ready, .exited, .exited, .ready])
                #expect(ownWorkers().count == 3)
            }
        }

        @Test(
            "B8: workers that ignore drain and SIGTERM, spin, are stopped or have children are gone in time, children too"
        )
        func stubbornWorkers() async throws {
            try await withCluster(bystander: true) { cluster in
                let options = workerProgram {
                    ($0.timeouts.drain, $0.timeouts.terminate) = (.milliseconds(300), .milliseconds(300))
                }
                let pool = try await cluster.start(Groups.probes, count: 5, options: options)
                let workers = pool.workers
                try await workers[0].actor.ignoreTermination()
                let calls = [workers[0], workers[1]].map { worker in
                    Task { await failure { try await worker.incarnation.spin(milliseconds: 60_000) } }
                }
                for worker in workers[..<2] { try await waitUntilBusy(worker) }
                try send(SIGSTOP, to: workers[2])
                let children = [try await workers[3].actor.startChild(), try await workers[4].actor.startChild()]
                try await workers[4].actor.ignoreTermination()
                try send(SIGSTOP, to: workers[4])
                let time = await elapsed { await pool.stop() }
                // Those that ignore SIGTERM have both limits.
                #expect(time >= .milliseconds(600) && time < .seconds(1.6) * TestLength.patience)
                for child in children {
                    #expect(try await waitUntilGone(child, within: .seconds(1) * TestLength.patience), "\(child)")
                }
                for call in calls { #expect(await call.value is CallError) }
                for worker in workers { #expect(kill(worker.pid ?? 0, 0) != 0) }
            }
        }

        @Test("the children of a worker go with it however it ends, and those of others stay")
        func childrenOfDeadWorker() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 2, options: workerProgram())
                let worker = pool.workers[0]
                let children = [try await worker.actor.startChild(), try await pool.workers[1].actor.startChild()]
                _ = await failure { try await worker.incarnation.exit(code: 3) }
                #expect(try await waitUntilGone(children[0], within: .seconds(1) * TestLength.patience))
                _ = try await pool.replacement(of: worker)
                #expect(kill(children[1], 0) == 0)
                await pool.stop()
                #expect(try await waitUntilGone(children[1], within: .seconds(1) * TestLength.patience))
            }
        }
    }
}
