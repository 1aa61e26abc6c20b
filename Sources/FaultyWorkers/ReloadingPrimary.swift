import ActorCluster
import FaultActors
import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A primary that SIGHUP reloads, with two pools of its own program that are called all the while. It tells on
/// descriptor 3 what it sees: pids, events, and at the end how many calls there were and failed.
enum ReloadingPrimary {
    static func run(_ arguments: [String]) async throws {
        guard let count = arguments.first.flatMap({ Int($0) }) else {
            print("usage: FaultyWorkers reload WORKERS")
            exit(2)
        }
        var options = Groups.options
        options.signals = .stopAndReload
        try await Cluster.run(Groups.all, options: options) { cluster in
            try await serve(cluster, count)
        }
        StoppingPrimary.tell("returned")
    }

    private static func serve(_ cluster: Cluster, _ count: Int) async throws {
        let events = cluster.events
        let reader = Task {
            for await event in events { StoppingPrimary.tell("event \(event)") }
        }
        var options = PoolOptions()
        options.timeouts.settle = .milliseconds(100)
        let first = try await cluster.start(Groups.probes, count: count, options: options)
        let second = try await cluster.start(Groups.others, count: 1, options: options)
        let callers = (0..<4).map { number in
            Task { await call(number == 0 ? second.actor : first.actor) }
        }
        for pool in [first, second] { while pool.statistics.calls.completed < 50 { await Task.yield() } }
        StoppingPrimary.tell("ready " + pids(first))
        await cluster.waitUntilStopping()
        StoppingPrimary.tell("pids " + pids(first))
        for caller in callers { caller.cancel() }
        for caller in callers {
            let (calls, version, failures) = await caller.value
            StoppingPrimary.tell("calls \(calls > 0) version \(version ?? "none") failed \(failures)")
        }
        await reader.value
    }

    private static func pids(_ pool: WorkerPool<Probe>) -> String {
        pool.workers.compactMap { $0.pid.map(String.init) }.joined(separator: " ")
    }

    /// Until it is cancelled or the cluster stops. What counts as failed is neither.
    private static func call(_ actor: Probe) async -> (calls: Int, version: String?, failures: [String]) {
        var (calls, version, failures) = (0, String?.none, [String]())
        while !Task.isCancelled {
            do {
                version = try await actor.environment("VERSION")
                calls += 1
            } catch is CancellationError {
                break
            } catch CallError.shuttingDown {
                break
            } catch {
                failures.append("\(error)")
            }
        }
        return (calls, version, failures)
    }
}
