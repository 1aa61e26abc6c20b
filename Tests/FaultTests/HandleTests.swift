import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("restarting and stopping one worker")
    struct Handles {
        @Test("worker.restart() returns when a newer process is ready; what runs finishes, and it costs no budget")
        func restart() async throws {
            try await withCluster(bystander: true) { cluster in
                let options = workerProgram { $0.intensity = RestartIntensity(0) }
                let pool = try await cluster.start(Groups.probes, count: 2, options: options)
                let old = pool.workers[1]
                let running = Task { try await old.incarnation.echo(5, afterMilliseconds: 200) }
                try await waitUntilBusy(old)
                async let twice: Void = old.restart()
                try await old.restart()
                try await twice
                #expect(try await running.value == 5)
                let new = pool.workers[1]
                #expect(new.id != old.id && new.state == .ready && old.state == .exited)
                #expect(try await old.actor.identity().worker == new.id)
                // Of a process that has a successor already there is nothing to do.
                try await old.restart()
                #expect(pool.workers[1].id == new.id)
            }
        }

        @Test("calls to a pool of one go on while its worker is restarted again and again: none fails")
        func restartUnderLoad() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let load = try await Load(on: pool.actor)
                for _ in 0..<10 { try await pool.workers[0].restart() }
                #expect(try await load.stop() > 0)
            }
        }

        @Test("a replacement that fails is what worker.restart() throws; the slot goes on by the pool's policy")
        func replacementFails() async throws {
            try await withTemporaryDirectory { directory in
                try await withCluster(bystander: true) { cluster in
                    let options = workerProgram {
                        $0.process.arguments = Misdeed.failsToInitialize.arguments(in: 2...2, countedIn: directory)
                    }
                    let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                    let old = pool.workers[0]
                    let error = await failure { try await old.restart() }
                    guard case ClusterError.failedToInitialize(let worker, let why)? = error else {
                        return unexpected(error)
                    }
                    #expect(worker.slot == 0 && worker != old.id)
                    #expect(why.hasPrefix("Rogue: "))
                    #expect(try await pool.actor.echo("goes on") == "goes on")
                }
            }
        }

        @Test("cancelling a restart ends the waiting, not the restart")
        func cancelledRestart() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let old = pool.workers[0]
                let running = Task { try await old.incarnation.echo(5, afterMilliseconds: 300) }
                try await waitUntilBusy(old)
                let restart = Task { await failure { try await old.restart() } }
                #expect(try await eventually { old.state == .draining })
                restart.cancel()
                #expect(await restart.value is CancellationError)
                #expect(try await running.value == 5)
                _ = try await pool.replacement(of: old)
                let early = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    return await failure { try await pool.workers[0].restart() }
                }
                #expect(await early.value is CancellationError)
            }
        }

        @Test("S-02: worker.stop() lets calls finish and returns when the process is gone; its slot stays empty")
        func stop() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 2, options: workerProgram())
                let (worker, other) = (pool.workers[1], pool.workers[0])
                let running = Task { try await worker.incarnation.echo(5, afterMilliseconds: 200) }
                try await waitUntilBusy(worker)
                async let stopped: Void = worker.stop()
                #expect(try await eventually { worker.state == .draining })
                let refused = await failure { _ = try await worker.actor.echo("late") }
                #expect(refused as? CallError == .shuttingDown)
                await stopped
                #expect(try await running.value == 5)
                #expect(worker.state == .exited)
                #expect(ownWorkers().count == 2)
                let gone = await failure { _ = try await worker.actor.echo("too late") }
                #expect(gone as? CallError == .noWorkerAvailable(group: "probes"))
                for _ in 0..<10 { #expect(try await pool.actor.identity().worker == other.id) }
                #expect(pool.workers[1].id == worker.id)
            }
        }

        @Test("L-09: stopping twice, at once and after the exit does nothing more, and neither does an old handle")
        func stopTwice() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 2, options: workerProgram())
                let worker = pool.workers[0]
                async let first: Void = worker.stop()
                async let second: Void = worker.stop()
                _ = await (first, second)
                await worker.stop()
                #expect(worker.state == .exited)
                try await worker.restart()
                let next = pool.workers[0]
                #expect(next.id != worker.id && next.state == .ready)
                await worker.stop()
                #expect(next.state == .ready)
                #expect(try await next.incarnation.echo("still there") == "still there")
            }
        }

        @Test("S-06: a worker that is stopped while its slot pauses is never started")
        func stopInPause() async throws {
            try await withCluster(bystander: true) { cluster in
                let options = workerProgram { $0.backoff = Backoff(first: .milliseconds(300)) }
                let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                let record = EventRecord(pool.events)
                let second = try await pool.emptySlot(0)
                await second.stop()
                let call = await failure {
                    try await withCallTimeout(.milliseconds(600)) { _ = try await pool.actor.echo("late") }
                }
                #expect(call as? CallError == .noWorkerAvailable(group: "probes"))
                try await record.wait("its first restart") { $0.contains { $0.worker == second.id && $0.kind.isSpawn } }
                // The pause is a quarter longer at most.
                let isStarted = try await eventually(within: .milliseconds(600) * TestLength.patience) {
                    record.events.contains { $0.kind.isSpawn && $0.worker?.incarnation ?? 0 > second.id.incarnation }
                }
                #expect(!isStarted)
                #expect(ownWorkers().count == 1)
                #expect(pool.workers[0].id == second.id)
            }
        }

        @Test("a worker that does not run because of SIGSTOP is woken when its drain limit has passed, and leaves")
        func stopStubborn() async throws {
            try await withCluster { cluster in
                let options = workerProgram {
                    ($0.timeouts.drain, $0.timeouts.terminate) = (.milliseconds(100), .milliseconds(100))
                }
                let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                let worker = pool.workers[0]
                try send(SIGSTOP, to: worker)
                let time = await elapsed { await worker.stop() }
                #expect(time >= .milliseconds(100) && time < .seconds(1.2) * TestLength.patience)
            }
        }

        @Test("whoever waits for a restart hears when the pool stops")
        func poolStops() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let worker = pool.workers[0]
                let running = Task { try await worker.incarnation.echo(5, afterMilliseconds: 200) }
                try await waitUntilBusy(worker)
                let restart = Task { await failure { try await worker.restart() } }
                #expect(try await eventually { worker.state == .draining })
                await pool.stop()
                #expect(await restart.value as? ClusterError == .stopped)
                #expect(try await running.value == 5)
                let late = await failure { try await worker.restart() }
                #expect(late as? ClusterError == .stopped)
                await worker.stop()
            }
        }
    }
}
