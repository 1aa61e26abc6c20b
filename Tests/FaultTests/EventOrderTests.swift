import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("events around restarts and stops")
    struct EventOrder {
        @Test("S-04: a slot that dies at once every time is started 11 times and given up once; others are untouched")
        func givenUpOnce() async throws {
            try await withRecord { cluster, record in
                let options = workerProgram { $0.backoff = .none }
                let pool = try await cluster.start(Groups.probes, count: 3, options: options)
                let (left, right) = (pool.workers[0].id, pool.workers[2].id)
                for death in 1...11 {
                    let worker = pool.workers[1]
                    try send(SIGKILL, to: worker)
                    try await record.waitForExit(of: worker.id)
                    if death < 11 { _ = try await pool.replacement(of: worker) }
                }
                try await record.wait("the end of the slot", until: { $0.contains { $0.kind.isGaveUp } })
                // Five seconds by a tenth.
                let isStarted = try await eventually(within: .milliseconds(500)) {
                    record.events.count { $0.worker?.slot == 1 && $0.kind.isSpawn } > 11
                }
                #expect(!isStarted)
                let ofSlot = record.events.filter { $0.worker?.slot == 1 }.map(\.kind)
                #expect(ofSlot.count { $0.isSpawn } == 11)
                #expect(ofSlot.count { $0.isRestarting } == 10)
                #expect(ofSlot.count { $0.isGaveUp } == 1)
                guard case .gaveUp(let story)? = ofSlot.last else { return unexpected(nil, "\(ofSlot.suffix(3))") }
                #expect(story.contains("10 restarts in 60 s are allowed"))
                #expect(story.contains(/#13 signal 9 \(alive \d+ ms\), #12 signal 9 \(alive \d+ ms, \d+ ms earlier\)/))
                #expect(pool.workers[0].id == left && pool.workers[2].id == right)
            }
        }

        @Test("G-06: a draining worker refuses calls at once, finishes its own, and its last notes come before its end")
        func lastNotes() async throws {
            try await withRecord { cluster, record in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let worker = pool.workers[0]
                try await worker.actor.leaveNotes(count: 5)
                async let running = worker.incarnation.echo(6, afterMilliseconds: 300)
                try await waitUntilBusy(worker)
                async let stopped: Void = worker.stop()
                #expect(try await eventually { worker.state == .draining })
                let time = await elapsed {
                    let refused = await failure { _ = try await worker.incarnation.echo("late") }
                    #expect(refused as? CallError == .shuttingDown)
                }
                #expect(time < .seconds(1) * TestLength.patience)
                #expect(try await running == 6)
                await stopped
                try await record.waitForExit(of: worker.id)
                #expect(
                    record.kinds(of: worker.id).dropFirst(3)
                        == (0..<5).map { .error("FaultActors.UnlistedError: note \($0)") } + [
                            .disconnected(intentional: true),
                            .exited(.code(0), intentional: true, forced: false, lastOutput: []),
                        ])
            }
        }

        @Test("A9, G-06: a worker that dies while it drains ends the drain and is not restarted; its end was asked for")
        func diesDraining() async throws {
            try await withRecord { cluster, record in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let worker = pool.workers[0]
                let call = Task { await failure { try await worker.incarnation.sleep(milliseconds: 60_000) } }
                try await worker.incarnation.wait(for: "runs", count: 1)
                async let stopped: Void = worker.stop()
                #expect(try await eventually { worker.state == .draining })
                try send(SIGKILL, to: worker)
                await stopped
                guard case CallError.workerDied(worker.id, .signal(9), .maybeExecuted)? = await call.value else {
                    return unexpected(await call.value)
                }
                try await record.waitForExit(of: worker.id)
                #expect(
                    record.kinds(of: worker.id).suffix(2) == [
                        .disconnected(intentional: true),
                        .exited(.signal(9), intentional: true, forced: false, lastOutput: []),
                    ])
                #expect(!record.events.contains { $0.kind.isRestarting })
                #expect(pool.workers[0].id == worker.id)
            }
        }

        @Test("G-03: a worker that does not leave in its time is ended by force, and its exit says so")
        func forced() async throws {
            try await withRecord { cluster, record in
                let options = workerProgram { $0.timeouts.drain = .milliseconds(100) }
                let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                let worker = pool.workers[0]
                let call = Task {
                    await failure { _ = try await worker.incarnation.sleepStubbornly(milliseconds: 60_000) }
                }
                try await waitUntilBusy(worker)
                await worker.stop()
                guard case CallError.workerDied? = await call.value else { return unexpected(await call.value) }
                try await record.waitForExit(of: worker.id)
                guard
                    case .exited(_, intentional: true, forced: true, lastOutput: _)? = record.kinds(of: worker.id).last
                else {
                    return unexpected(nil, "\(record.kinds(of: worker.id))")
                }
            }
        }

        @Test("an event has come true before it is told: who sees `ready` finds it so, who sees the exit finds it gone")
        func trueWhenTold() async throws {
            try await withCluster { cluster in
                let events = cluster.events
                let pool = try await cluster.start(
                    Groups.probes, count: 2, options: workerProgram { $0.backoff = .none })
                let watching = Task {
                    var deaths = 0
                    for await event in events {
                        guard let worker = event.worker, worker.slot == 0, worker.incarnation > 2 else { continue }
                        let handle = pool.workers[0]
                        switch event.kind {
                        case .ready where handle.id == worker:
                            #expect(handle.state == .ready && handle.isConnected)
                            try send(SIGKILL, to: handle)
                        case .disconnected where handle.id == worker:
                            #expect(handle.state == .exited && !handle.isConnected)
                        case .exited:
                            #expect(handle.id != worker || handle.state == .exited)
                            deaths += 1
                            if deaths == 8 { return }
                        default: continue
                        }
                    }
                }
                try send(SIGKILL, to: pool.workers[0])
                try await watching.value
            }
        }

        @Test("L-13: a cluster that has been shut down starts nothing any more, and its events are over")
        func afterShutdown() async throws {
            let kept = Lock<(Cluster, WorkerPool<Probe>)?>(nil)
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                kept.withLock { $0 = (cluster, pool) }
            }
            let (cluster, pool) = try #require(kept.withLock { $0 })
            for error in [
                await failure { _ = try await cluster.start(Groups.others, count: 1, options: workerProgram()) },
                await failure { try await pool.scale(to: 2) },
                await failure { try await pool.workers[0].restart() },
            ] {
                #expect(error as? ClusterError == .stopped)
            }
            #expect(ownWorkers() == [])
            for await event in cluster.events { unexpected(nil, "\(event)") }
            for await event in pool.events { unexpected(nil, "\(event)") }
        }
    }
}
