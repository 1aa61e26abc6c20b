import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension ProcessTests {
    @Suite("stopping a cluster")
    struct Stopping {
        @Test("G-05: a cluster without workers stops at once, and can be started again in the same process, twice")
        func noWorkers() async throws {
            let time = try await elapsed { for _ in 0..<3 { try await Cluster.run { await $0.shutDown() } } }
            #expect(time < .seconds(1) * TestLength.patience)
            for _ in 0..<2 {
                try await withCluster { cluster in
                    let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                    #expect(try await pool.actor.echo("again") == "again")
                }
            }
        }

        @Test("G-05: asked three times at once, also by a worker, all return, and one event says that it has stopped")
        func askedThreeTimes() async throws {
            try await withCluster { cluster in
                let reader = Task { [events = cluster.events] in await stops(in: events) }
                let pool = try await cluster.start(Groups.probes, count: 2, options: workerProgram())
                let pressed = StopButton(cluster)
                try await pool.actor.press(pressed)
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<3 { group.addTask { await cluster.shutDown() } }
                }
                await cluster.shutDown()
                await cluster.waitUntilStopping()
                #expect(ownWorkers() == [])
                let ends = await reader.value.filter { $0.hasSuffix("stopped") }
                #expect(ends == ["probes: stopped", "cluster: stopped"])
                withExtendedLifetime(pressed) {}
            }
        }

        @Test("L-13: a cluster that was shut down starts no pool any more")
        func afterShutDown() async throws {
            try await withCluster { cluster in
                await cluster.shutDown()
                let late = Task {
                    await failure { _ = try await cluster.start(Groups.probes, count: 1, options: workerProgram()) }
                }
                #expect(await late.value as? ClusterError == .stopped)
                #expect(ownWorkers() == [])
            }
        }

        @Test("starts whose turn has not come are not made when their pool stops")
        func queuedStarts() async throws {
            try await withCluster { cluster in
                let made = Lock(0)
                let options = workerProgram {
                    // They keep their places in the line, because they say no hello.
                    $0.process.arguments = ["rogue", "\(Misdeed.neverSaysHello)"]
                    $0.process.perSlot = { _, _ in made.withLock { $0 += 1 } }
                    $0.timeouts.drain = .milliseconds(10)
                }
                let events = cluster.events.makeAsyncIterator()
                let start = Task {
                    await failure {
                        _ = try await cluster.start(Groups.probes, count: 8 * availableProcessors, options: options)
                    }
                }
                var spawned = 0
                while spawned < availableProcessors, let event = await events.next() {
                    if case .spawned = event.kind { spawned += 1 }
                }
                start.cancel()
                #expect(await start.value is CancellationError)
                #expect(made.withLock { $0 } == availableProcessors)
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                #expect(try await pool.actor.echo("after") == "after")
            }
        }

        @Test("pools stop in reverse order of start, one after another, and only then the body is cancelled")
        func inReverseOrder() async throws {
            try await withCluster { cluster in
                // A task of its own, which the stop does not cancel.
                let reader = Task { [events = cluster.events] in await stops(in: events) }
                let first = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let second = try await cluster.start(Groups.others, count: 1, options: workerProgram())
                let running = Task { try await second.actor.echo(7, afterMilliseconds: 300) }
                try await waitUntilBusy(second.workers[0])
                Task { await cluster.shutDown() }
                await cluster.waitUntilStopping()
                // The pool that was started first serves until the other one has stopped.
                #expect(try await first.actor.echo("still") == "still")
                #expect(try await running.value == 7)
                #expect(!Task.isCancelled)
                #expect(
                    await reader.value == [
                        "cluster: stopping", "others: stopping", "others: stopped", "probes: stopping",
                        "probes: stopped", "cluster: stopped",
                    ])
                // Until it is cancelled.
                try? await Task.sleep(for: .seconds(60))
                #expect(Task.isCancelled)
            }
        }

        @Test("a body that the stop ends has not failed: run returns, or says that there is no result")
        func resultOfStoppedBody() async throws {
            try await Cluster.run { cluster in
                Task { await cluster.shutDown() }
                try await Task.sleep(for: .seconds(60))
            }
            try await Cluster.run { cluster in
                await cluster.shutDown()
                throw CallError.shuttingDown
            }
            let none = await failure {
                _ = try await Cluster.run { cluster -> Int in
                    Task { await cluster.shutDown() }
                    try await Task.sleep(for: .seconds(60))
                    return 5
                }
            }
            #expect(none as? ClusterError == .stopped)
            let result = try await Cluster.run { cluster -> Int in
                await cluster.shutDown()
                return 5
            }
            #expect(result == 5)
            let own = await failure { try await Cluster.run { _ in throw CallError.shuttingDown } }
            #expect(own as? CallError == .shuttingDown, "nothing was stopped")
            let other = await failure {
                try await Cluster.run { cluster in
                    await cluster.shutDown()
                    throw ListedError(code: 1, hint: "own")
                }
            }
            #expect(other as? ListedError == ListedError(code: 1, hint: "own"))
        }

        @Test("cancelling the task of run begins the stop, also for a body that only waits for it")
        func cancelled() async throws {
            let (begun, signal) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                try await Cluster.run { cluster in
                    signal.yield()
                    await cluster.waitUntilStopping()
                }
            }
            for await _ in begun { break }
            task.cancel()
            try await task.value
        }

        @Test("while no cluster runs, and with signals left to the host, the host's own handlers are in force")
        func hostHandlers() async throws {
            let before = handler(of: SIGTERM)
            try await Cluster.run { cluster in
                let during = handler(of: SIGTERM)
                #expect(during != before)
                try await Cluster.run { _ in #expect(handler(of: SIGTERM) == during) }
                #expect(handler(of: SIGTERM) == during)
            }
            #expect(handler(of: SIGTERM) == before && handler(of: SIGINT) == before)
            var options = ClusterOptions()
            options.signals = .leaveToHost
            try await Cluster.run(options: options) { _ in #expect(handler(of: SIGTERM) == before) }
            signal(SIGINT, SIG_IGN)
            defer { signal(SIGINT, SIG_DFL) }
            let ignored = handler(of: SIGINT)
            try await Cluster.run { _ in #expect(handler(of: SIGINT) == ignored, "what is ignored stays ignored") }
        }
    }
}

/// What is said of pools and the cluster.
private func stops(in events: EventStream) async -> [String] {
    var stops: [String] = []
    for await event in events where event.kind == .stopping || event.kind == .stopped { stops.append("\(event)") }
    return stops
}

/// Where the handler of a signal lies.
private func handler(of number: Int32) -> UInt {
    var action = sigaction()
    sigaction(number, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: UInt.self)
}
