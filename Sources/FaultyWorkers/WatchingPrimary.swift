import ActorCluster
import FaultActors

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A primary that tells the pids of its workers on descriptor 3, and then each blame that it puts on one of them,
/// until a signal stops it.
enum WatchingPrimary {
    static func run() async throws {
        try await Cluster.run(Groups.all, options: Groups.options) { cluster in
            var options = PoolOptions()
            options.health = HealthPolicy(
                every: .milliseconds(100), suspectAfter: .seconds(1), unresponsiveAfter: .milliseconds(1_200),
                stalledAfter: .milliseconds(1_200))
            let pool = try await cluster.start(Groups.probes, count: 4, options: options)
            let events = pool.events
            tell(pool.workers.compactMap { $0.pid.map(String.init) }.joined(separator: " "))
            let watching = Task {
                for await event in events {
                    switch event.kind {
                    case .suspect, .recovered, .unhealthy, .restarting, .spawned: tell("\(event)")
                    default: break
                    }
                }
            }
            await cluster.waitUntilStopping()
            watching.cancel()
        }
        tell("over")
    }

    private static func tell(_ line: String) {
        _ = (line + "\n").utf8.withContiguousStorageIfAvailable { write(3, $0.baseAddress, $0.count) }
    }
}
