import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension ProcessTests {
    @Suite("starting and stopping")
    struct Life {
        @Test("L-01: workers are numbered from 1, fill the slots from 0, and know who they are")
        func identities() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 4, options: workerProgram())
                let workers = pool.workers
                #expect(workers.map(\.id.description) == (0..<4).map { "probes/\($0)#\($0 + 1)" })
                #expect(Set(workers.map(\.pid)).count == 4)
                #expect(workers.allSatisfy { $0.state == .ready })
                #expect(!Cluster.isWorker)
                for worker in workers {
                    let identity = try await worker.actor.identity()
                    #expect(identity == Identity(worker: worker.id, isWorker: true))
                }
            }
        }

        @Test(
            "L-01: without a count a pool has as many workers as the process has processors; three times as many start too"
        )
        func counts() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, options: workerProgram())
                #expect(pool.workers.count == availableProcessors)
                let time = try await elapsed {
                    let many = try await cluster.start(
                        Groups.others, count: 3 * availableProcessors, options: workerProgram())
                    #expect(many.workers.allSatisfy { $0.state == .ready })
                }
                #expect(time < .seconds(10) * TestLength.patience)
            }
        }

        @Test("an idle worker gives back the code that only its start has used, and goes on as before")
        func codeOfTheStart() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let pid = try #require(pool.workers[0].pid)
                let hasGivenBack = try await eventually {
                    residentMemory(of: pid) ?? .max < Processes.peakMemory(of: pid) - 4 << 20
                }
                #expect(hasGivenBack)
                #expect(try await pool.actor.arguments() == [])
            }
        }

        @Test("arguments, environment and directory are the pool's, or the primary's where it has none")
        func surroundings() async throws {
            setenv("ACTORCLUSTER_TEST_INHERITED", "yes", 1)
            defer { unsetenv("ACTORCLUSTER_TEST_INHERITED") }
            try await withCluster { cluster in
                let options = workerProgram {
                    $0.process.arguments = ["a", "b c", ""]
                    $0.process.environment["K"] = "new"
                    $0.process.directory = "/"
                }
                let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                #expect(try await pool.actor.arguments() == ["a", "b c", ""])
                #expect(try await pool.actor.environment("K") == "new")
                #expect(try await pool.actor.environment("ACTORCLUSTER_TEST_INHERITED") == "yes")
                #expect(try await pool.actor.environment("ACTORCLUSTER_WORKER") == nil)
                #expect(try await pool.actor.directory() == "/")
                let plain = try await cluster.start(Groups.others, count: 1, options: workerProgram())
                #expect(try await plain.actor.directory() == FileManager.default.currentDirectoryPath)
            }
        }

        @Test(
            "H6: whatever the host ignores, blocks and leaks, a worker starts with clean signals and descriptors 0 to 3"
        )
        func cleanStart() async throws {
            signal(SIGPIPE, SIG_IGN)
            var (mask, old) = (sigset_t(), sigset_t())
            sigemptyset(&mask)
            sigaddset(&mask, SIGTERM)
            pthread_sigmask(SIG_BLOCK, &mask, &old)
            let leaked = (0..<50).map { _ in open("/dev/null", O_RDONLY) }
            defer {
                for descriptor in leaked { close(descriptor) }
                pthread_sigmask(SIG_SETMASK, &old, nil)
                signal(SIGPIPE, SIG_DFL)
            }
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let found = try await pool.actor.surroundings()
                #expect(found.blockedSignals == "0000000000000000")
                // glibc's posix_spawn itself ignores its two internal signals, 32 and 33; no program can use them.
                let ignored = try #require(UInt64(found.ignoredSignals, radix: 16))
                #expect(ignored & ~(0b11 << 31) == 0)
                #expect(found.descriptors == [0, 1, 2, 3])
                #expect(found.standardInput == "/dev/null")
                #expect(found.leadsGroup)
            }
        }

        @Test("a health check tells uptime, memory, calls and the executor's lag")
        func healthCheck() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let actor = pool.actor
                for _ in 0..<3 { try await actor.nothing() }
                let sleeping = Task { await failure { try await actor.sleep(milliseconds: 60_000) } }
                try await actor.wait(for: "runs", count: 1)
                let report = try await pool.workers[0].healthCheck()
                #expect(report.uptime > .zero)
                #expect(report.residentMemory > 1 << 20)
                #expect(report.callsServed == 4)
                #expect(report.callsInFlight == 1)
                #expect(report.executorLag < .seconds(1))
                sleeping.cancel()
                _ = await sleeping.value
            }
        }

        @Test("a health check answers while every thread of the worker is blocked, and says so")
        func healthCheckOfBlockedWorker() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let actor = pool.actor
                let blocking = Task { await failure { try await actor.blockAllThreads(milliseconds: 2_000) } }
                var lag = Duration.zero
                while lag < .milliseconds(250) {
                    let time = try await elapsed { lag = try await pool.workers[0].healthCheck().executorLag }
                    #expect(time < .milliseconds(1_250) * TestLength.patience)
                }
                try send(SIGKILL, to: pool.workers[0])
                _ = await blocking.value
            }
        }

        @Test("a factory that throws is what start throws, and everything else is stopped")
        func factoryThrows() async throws {
            try await withCluster { cluster in
                let error = await failure {
                    _ = try await cluster.start(Groups.throwing, count: 3, options: workerProgram())
                }
                guard case ClusterError.failedToInitialize(let worker, let text)? = error else {
                    return unexpected(error)
                }
                #expect(worker.group == "throwing")
                #expect(text == "FaultActors.UnlistedError: no db")
                #expect(ownWorkers() == [])
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                #expect(try await pool.actor.echo("after") == "after")
            }
        }

        @Test(
            "a factory that traps, one that never ends, a program that is none and one that does not serve are start errors"
        )
        func failedStarts() async throws {
            try await withCluster { cluster in
                let trapped = await failure {
                    _ = try await cluster.start(Groups.trapping, count: 1, options: workerProgram())
                }
                guard case ClusterError.failedToInitialize(_, let text)? = trapped else { return unexpected(trapped) }
                #expect(text.contains("signal"))

                let endless = await failure {
                    let options = workerProgram { $0.timeouts.ready = .milliseconds(300) }
                    _ = try await cluster.start(Groups.endless, count: 1, options: options)
                }
                guard case ClusterError.notReady(_, after: .milliseconds(300))? = endless else {
                    return unexpected(endless)
                }

                let missing = await failure {
                    let options = workerProgram { $0.process.executable = "/no/such/program" }
                    _ = try await cluster.start(Groups.probes, count: 1, options: options)
                }
                guard case ClusterError.spawnFailed(_, _, ENOENT)? = missing else { return unexpected(missing) }

                let silent = await failure {
                    let options = workerProgram { $0.process.executable = "/bin/true" }
                    _ = try await cluster.start(Groups.probes, count: 1, options: options)
                }
                guard case ClusterError.failedToInitialize(_, let reason)? = silent else { return unexpected(silent) }
                #expect(reason.contains("Cluster.run"))
            }
        }

        @Test("run refuses to nest in a worker, unknown and repeated groups, and settings that cannot work")
        func refusedStarts() async throws {
            try await withCluster { cluster in
                let nested = await failure {
                    _ = try await cluster.start(Groups.nested, count: 1, options: workerProgram())
                }
                guard case ClusterError.failedToInitialize(_, let text)? = nested else { return unexpected(nested) }
                #expect(text.contains("worker process cannot start a cluster"))

                _ = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let again = await failure {
                    _ = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                }
                #expect(again as? ClusterError == .alreadyRunning(group: "probes"))
                let none = await failure {
                    _ = try await cluster.start(Groups.others, count: 0, options: workerProgram())
                }
                guard case ClusterError.invalidOption? = none else { return unexpected(none) }
            }
            var options = ClusterOptions()
            options.frameLimit = (64 << 20) + 1
            let tooHigh = await failure { try await Cluster.run(options: options) { _ in } }
            guard case ClusterError.invalidOption? = tooHigh else { return unexpected(tooHigh) }
            let twice = await failure { try await Cluster.run(Groups.probes, Groups.probes) { _ in } }
            #expect(twice as? ClusterError == .groupNotListed("probes"))
        }

        @Test("a pool that is stopped lets running calls finish, refuses new ones, and can be started again")
        func stoppedPool() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 2, options: workerProgram())
                let actor = pool.workers[0].actor
                async let running = actor.echo(5, afterMilliseconds: 200)
                try await waitUntilBusy(pool.workers[0])
                await pool.stop()
                #expect(try await running == 5)
                let late = await failure { _ = try await actor.echo("late") }
                #expect(late as? CallError == .shuttingDown)
                #expect(ownWorkers() == [])
                let again = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                #expect(try await again.actor.echo("again") == "again")
            }
        }

        @Test(
            "leaving the closure ends a worker that never answers, by SIGTERM after the drain limit and with exit code 1"
        )
        func stubbornWorker() async throws {
            let time = try await elapsed {
                try await withCluster { cluster in
                    let options = workerProgram { $0.timeouts.drain = .milliseconds(200) }
                    let pool = try await cluster.start(Groups.probes, count: 2, options: options)
                    let actor = pool.actor
                    let call = Task { await failure { _ = try await actor.sleepStubbornly(milliseconds: 60_000) } }
                    try await waitUntilBusy(pool.workers[0])
                    await pool.stop()
                    guard case CallError.workerDied(_, .code(1), .maybeExecuted)? = await call.value else {
                        return unexpected(await call.value)
                    }
                }
            }
            #expect(time >= .milliseconds(200) && time < .seconds(2) * TestLength.patience)
        }

        @Test("an error of the body is thrown by run, after the workers are gone")
        func bodyThrows() async throws {
            let error = await failure {
                try await withCluster { cluster in
                    _ = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                    throw ListedError(code: 3, hint: "body")
                }
            }
            #expect(error as? ListedError == ListedError(code: 3, hint: "body"))
            #expect(ownWorkers() == [])
        }

        @Test("cancelling the task of run cancels its body and stops the workers")
        func cancelledRun() async throws {
            let (started, signal) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                await failure {
                    try await withCluster { cluster in
                        _ = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                        signal.yield()
                        try await Task.sleep(for: .seconds(60))
                    }
                }
            }
            for await _ in started { break }
            task.cancel()
            #expect(await task.value is CancellationError)
            #expect(ownWorkers() == [])
        }
    }
}
