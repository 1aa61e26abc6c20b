import ActorCluster
import FaultActors
import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A primary that hands connections over and has no descriptor for a while. It tells on descriptor 3 its port, when that
/// begins, and in the end how often it has paused and what it has used of the processor, in milliseconds.
enum StarvedPrimary {
    static func run() async throws {
        try await Cluster.run(Groups.all, options: Groups.options) { cluster in
            let listener = try await cluster.listen(
                on: .tcp(host: "127.0.0.1", port: 0), as: "web", for: Groups.servers, distribution: .roundRobin)
            let pool = try await cluster.start(Groups.servers, count: 1)
            if case .tcp(_, let port) = listener.address { StoppingPrimary.tell("port \(port)") }
            StoppingPrimary.tell("ready \(pool.workers[0].pid ?? 0)")
            try await OpenFiles.refuse(forMilliseconds: 800)
            try startThread("watch") { watch(listener) }
            await cluster.waitUntilStopping()
        }
    }

    /// On a thread: an accepted connection may have the last descriptor just when libdispatch, if it had jobs, would need one.
    private static func watch(_ listener: ActorCluster.Listener) {
        let before = clock()
        StoppingPrimary.tell("starved")
        while listener.statistics.accepted < 8 { usleep(20_000) }
        let used = (clock() - before) / (CLOCKS_PER_SEC / 1_000)
        StoppingPrimary.tell("pauses \(listener.statistics.pauses) \(used)")
    }
}
