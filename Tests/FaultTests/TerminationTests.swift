import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("watching an actor")
    struct Watching {
        private static let options = workerProgram { $0.backoff = .none }

        @Test(
            "an exit, a kill, a replacement, a stop and a pipe that ends: each is told to who watches, with its status")
        func reasons() async throws {
            try await withCluster(bystander: true) { cluster in
                let system = cluster.actorSystem
                let pool = try await cluster.start(Groups.probes, count: 5, options: workerProgram())
                let workers = pool.workers
                let watches = workers.map { worker in
                    Task { try await system.whenTerminated(worker.incarnation) }
                }
                // One that has come too late is told the same.
                _ = await failure { try await workers[0].incarnation.exit(code: 3) }
                #expect(try await watches[0].value == Termination(workers[0].id, .exited, .code(3)))
                try send(SIGKILL, to: workers[1])
                #expect(try await watches[1].value == Termination(workers[1].id, .killed, .signal(9)))
                try await workers[2].restart()
                #expect(
                    try await watches[2].value
                        == Termination(workers[2].id, .replaced, .code(0), intentional: true))
                await workers[3].stop()
                #expect(
                    try await watches[3].value == Termination(workers[3].id, .exited, .code(0), intentional: true))
                for (worker, watch) in zip(workers, watches).prefix(4) {
                    #expect(try await system.whenTerminated(worker.incarnation) == watch.value)
                }
            }
        }

        @Test("A11: a worker that closes its pipe and lives on is unreachable at once")
        func unreachable() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let worker = pool.workers[0]
                async let stuck = failure { try await worker.incarnation.spin(milliseconds: 300) }
                async let end = cluster.actorSystem.whenTerminated(worker.incarnation)
                _ = await failure { try await worker.incarnation.closePipe() }
                let found = try await end
                #expect(found.worker == worker.id)
                #expect(found.reason == .unreachable || found.reason == .exited)
                _ = await stuck
            }
        }

        @Test("a reference by slot means the process that fills it now, or the last that did")
        func bySlot() async throws {
            try await withCluster { cluster in
                let system = cluster.actorSystem
                let pool = try await cluster.start(Groups.probes, count: 1, options: Self.options)
                let first = pool.workers[0]
                async let end = system.whenTerminated(first.actor)
                try send(SIGKILL, to: first)
                #expect(try await end.worker == first.id)
                let second = try await pool.replacement(of: first)
                let watch = Task { try await system.whenTerminated(first.actor) }
                await second.stop()
                #expect(try await watch.value.worker == second.id)
                #expect(try await system.whenTerminated(first.actor).worker == second.id)
            }
        }

        @Test("a pool, an actor of this process and one of another cluster are refused with a sentence")
        func refused() async throws {
            try await withCluster { cluster in
                let system = cluster.actorSystem
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let local = Stranger(actorSystem: system)
                for error in [
                    await failure { _ = try await system.whenTerminated(pool.actor) },
                    await failure { _ = try await system.whenTerminated(local) },
                ] {
                    guard case CallError.unsupportedCall? = error else { return unexpected(error) }
                }
                try await Cluster.run { other in
                    let stranger = Stranger(actorSystem: other.actorSystem)
                    let error = await failure { _ = try await system.whenTerminated(stranger) }
                    guard case CallError.unsupportedCall? = error else { return unexpected(error) }
                }
                let unknown = try Probe.resolve(id: ActorID(scope: .incarnation(1 << 40), number: 0), using: system)
                #expect(try await system.whenTerminated(unknown) == Termination(nil, .unreachable))
            }
        }

        @Test("a watch that is cancelled ends at once and leaves nothing")
        func cancelled() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let worker = pool.workers[0]
                let watch = Task { try await cluster.actorSystem.whenTerminated(worker.incarnation) }
                watch.cancel()
                await #expect(throws: CancellationError.self) { try await watch.value }
                let far = Task { try await worker.actor.watch(worker.incarnation) }
                guard case .failure(let error) = await far.result else { return unexpected(nil) }
                #expect(error is CallError || error is RemoteError)
                #expect(try await pool.actor.echo("alive") == "alive")
            }
        }

        @Test("a worker watches other workers, by process and by slot, and is told once they are gone, or at once")
        func fromWorker() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 3, options: Self.options)
                let (watcher, watched, other) = (pool.workers[0], pool.workers[1], pool.workers[2])
                async let first = watcher.actor.watch(watched.incarnation)
                async let second = watcher.actor.watch(watched.incarnation)
                async let third = watcher.actor.watch(watched.actor)
                // A watcher that dies is forgotten.
                async let lost = failure { _ = try await other.incarnation.watch(watched.incarnation) }
                try await watcher.actor.wait(for: "watches", count: 3)
                try await other.actor.wait(for: "watches", count: 1)
                try send(SIGKILL, to: other)
                guard case CallError.workerDied? = await lost else { return unexpected(await lost) }
                try send(SIGKILL, to: watched)
                let expected = Termination(watched.id, .killed, .signal(9))
                #expect(try await [first, second, third] == [expected, expected, expected])
                #expect(try await watcher.actor.watch(watched.incarnation) == expected)
                #expect(try await watcher.actor.watch(other.incarnation) == Termination(other.id, .killed, .signal(9)))
            }
        }

        @Test("a worker that watches an actor of the primary learns that the primary is unreachable")
        func primaryGone() async throws {
            try await withTemporaryDirectory { directory in
                try await withRawPrimary(environment: [Markers.variable: directory]) { primary in
                    try primary.start()
                    let watch = try Targets.named("Probe.watchPrimary(_:)")
                    let answer = try primary.call(watch, Body.encode(9 as UInt64))
                    #expect(answer == .reply([]))
                    primary.pipe.close()
                    #expect(primary.worker.waitForExit(within: .seconds(1.5) * TestLength.patience) == .code(0))
                    let markers = Processes.entries(of: directory)
                    #expect(markers.contains("primary-unreachable"), "\(markers)")
                    #expect(markers.contains("told-primaryLost"), "\(markers)")
                }
            }
        }
    }
}
