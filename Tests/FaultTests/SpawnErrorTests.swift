import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension ProcessTests {
    @Suite("F: the system starts no process")
    struct SpawnErrors {
        @Test(
            "F6, F9: a call that fails on the way to a new process fails the start with its errno, and the next try works",
            arguments: SpawnStep.allCases, [EMFILE, ENOMEM])
        func failedStart(step: SpawnStep, code: Int32) async throws {
            try await withCluster(bystander: true) { cluster in
                step.fail(with: [code])
                let error = await failure {
                    _ = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                }
                guard case ClusterError.spawnFailed(let worker, let call, code)? = error else {
                    return unexpected(error)
                }
                #expect(worker.slot == 0 && call == step.rawValue)
                #expect(ownWorkers().count == 1, "the bystander")
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                #expect(try await pool.actor.echo("works") == "works")
            }
        }

        @Test("F6: when one of several cannot be started the start fails at once, and the others are asked to leave")
        func failedStartOfSeveral() async throws {
            try await withCluster(bystander: true) { cluster in
                SpawnStep.pair.fail(with: [EMFILE])
                let time = await elapsed {
                    let error = await failure {
                        try await cluster.start(Groups.probes, count: 3, options: workerProgram())
                    }
                    guard case ClusterError.spawnFailed? = error else { return unexpected(error) }
                }
                #expect(time < .seconds(3) * TestLength.patience, "the limit to drain is 10 s")
                #expect(ownWorkers().count == 1, "the bystander")
            }
        }

        @Test("F6: an optional pool that its strategy could not start again is over: what it is asked for is refused")
        func letGo() async throws {
            try await withCluster(bystander: true) { cluster in
                try await cluster.supervise(.oneForOne, intensity: RestartIntensity(1)) { supervisor in
                    let options = workerProgram {
                        $0.intensity = RestartIntensity(0)
                        $0.optional = true
                    }
                    let pool = try await supervisor.start(Groups.probes, count: 1, options: options)
                    SpawnStep.pair.fail(with: [EMFILE])
                    try send(SIGKILL, to: pool.workers[0])
                    let gone = CallError.noWorkerAvailable(group: "probes")
                    let isOver = try await eventually {
                        await failure { try await pool.actor.nothing() } as? CallError == gone
                    }
                    #expect(isOver)
                    #expect(await failure { try await pool.reload() } as? ClusterError == .stopped)
                    #expect(await failure { try await pool.scale(to: 2) } as? ClusterError == .stopped)
                }
            }
        }

        @Test(
            "F6: restarts that fail on the way come again by backoff; another worker's calls do not notice",
            arguments: SpawnStep.allCases)
        func failedRestart(step: SpawnStep) async throws {
            try await withCluster(bystander: true) { cluster in
                let options = workerProgram { $0.backoff = Backoff(first: .milliseconds(5)) }
                let pool = try await cluster.start(Groups.probes, count: 2, options: options)
                let events = pool.events
                let (doomed, sound) = (pool.workers[0], pool.workers[1])
                step.fail(with: [EMFILE, EMFILE, EMFILE])
                try send(SIGKILL, to: doomed)
                for number in 0..<20 { #expect(try await sound.incarnation.echo("\(number)") == "\(number)") }
                let new = try await pool.replacement(of: doomed)
                #expect(new.id.incarnation == sound.id.incarnation + 3 + 1)
                var failures = 0
                for await event in events {
                    switch event.kind {
                    case .failedToInitialize(let why), .error(let why):
                        #expect(why.contains("errno \(EMFILE)"))
                        failures += 1
                    case .ready where event.worker == new.id:
                        #expect(failures == 3)
                        return
                    default: break
                    }
                }
            }
        }

        @Test(
            "F9: a primary that may start no process says EAGAIN, serves with the workers it has, and goes on when it may"
        )
        func noMoreProcesses() async throws {
            try await withWatchedPrimary(["host", "crowded"]) { primary, _ in
                #expect(primary.end(within: .seconds(20)) == .code(0))
                #expect(primary.lines(beginning: "failed").first?.contains("errno \(EAGAIN)") == true)
                #expect(primary.lines.suffix(3) == ["served true", "replaced true", "returned"])
            }
        }
    }
}
