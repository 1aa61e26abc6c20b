import ActorCluster
import ActorClusterTesting
import FaultActors
import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A primary that is stopped by signals, and tells on descriptor 3 what it sees: pids, events, how its calls end, and
/// that `run` has returned.
enum StoppingPrimary {
    /// What its workers have in hand.
    private enum Work: String {
        case nothing
        /// Each a call of 1 s, or less in a short run, and each one that goes through the primary back to itself.
        case calls
        /// Slot 0 does not let itself be cancelled.
        case stubborn
        /// Slot 0 ignores SIGTERM and spins.
        case deaf
        /// The body ignores its cancellation.
        case stubbornBody
    }

    static func run(_ arguments: [String]) async throws {
        guard arguments.count == 3, let work = Work(rawValue: arguments[0]), let drain = Int(arguments[1]),
            let limit = Int(arguments[2])
        else {
            print("usage: FaultyWorkers stop WORK DRAIN-MS LIMIT-MS")
            exit(2)
        }
        var options = Groups.options
        options.stopLimit = .milliseconds(limit)
        try await Cluster.run(Groups.all, options: options) { cluster in
            try await serve(cluster, work, drain: .milliseconds(drain))
        }
        tell("returned")
    }

    private static func serve(_ cluster: Cluster, _ work: Work, drain: Duration) async throws {
        let events = cluster.events
        let reader = Task {
            for await event in events { tell("event \(event)") }
        }
        var options = PoolOptions()
        options.timeouts.drain = drain
        let pool = try await cluster.start(Groups.leavers, count: 4, options: options)
        let calls = try await begin(work, pool, cluster)
        tell("ready " + pool.workers.compactMap { $0.pid.map(String.init) }.joined(separator: " "))
        await cluster.waitUntilStopping()
        tell("stopping")
        for call in calls { tell("call \(await call.value)") }
        await reader.value
        if work == .stubbornBody { await Task.detached { try? await Task.sleep(for: .seconds(60)) }.value }
        try await Task.sleep(for: .seconds(60))
    }

    private static func begin(
        _ work: Work, _ pool: WorkerPool<Probe>, _ cluster: Cluster
    ) async throws -> [Task<String, Never>] {
        let workers = pool.workers
        switch work {
        case .nothing, .stubbornBody: return []
        case .calls:
            let time = TestLength.isLong ? 1_000 : 400
            let door = Door(actorSystem: cluster.actorSystem)
            var calls = workers.map { worker in
                outcome { "\(try await worker.actor.echo(worker.id.slot, afterMilliseconds: time, call: 0))" }
            }
            for worker in workers {
                let bouncer = try await worker.actor.makeBouncer()
                calls.append(
                    outcome {
                        let pid = try await bouncer.go(through: door, to: worker.actor)
                        return pid == worker.pid ? "back" : "elsewhere"
                    })
            }
            try await door.wait(for: workers.count)
            // The calls through the door go on when the workers drain.
            Task {
                await cluster.waitUntilStopping()
                while workers.contains(where: { $0.state == .ready }) { await Task.yield() }
                try? await door.open()
            }
            return calls
        case .stubborn:
            let call = outcome { "\(try await workers[0].incarnation.sleepStubbornly(milliseconds: 60_000, call: 0))" }
            while try await workers[0].healthCheck().callsInFlight == 0 {}
            return [call]
        case .deaf:
            try await workers[0].incarnation.ignoreTermination()
            let call = outcome {
                try await withCallTimeout(nil) { try await workers[0].incarnation.spin(milliseconds: 60_000) }
                return "done"
            }
            while try await workers[0].healthCheck().callsInFlight == 0 {}
            return [call]
        }
    }

    private static func outcome(_ call: @escaping @Sendable () async throws -> String) -> Task<String, Never> {
        Task {
            do {
                return try await call()
            } catch {
                return "failed: \(error)"
            }
        }
    }

    static func tell(_ text: String) {
        let line = text.split(separator: "\n").joined(separator: " ") + "\n"
        _ = line.utf8.withContiguousStorageIfAvailable { write(3, $0.baseAddress, $0.count) }
    }
}
