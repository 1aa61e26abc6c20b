import ActorCluster
import FaultActors

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A primary that may not listen at a path, nor below port 1024. It tells on descriptor 3 why, listens elsewhere
/// meanwhile, and at the path as soon as it may.
enum UnprivilegedPrimary {
    static func run(_ arguments: [String]) async throws {
        guard let path = arguments.first, arguments.count == 1 else {
            print("usage: FaultyWorkers listen unprivileged PATH")
            exit(2)
        }
        // Root may do everything, so it becomes nobody first.
        if getuid() == 0, setgroups(0, nil) != 0 || setgid(65_534) != 0 || setuid(65_534) != 0 { exit(3) }
        try await Cluster.run(Groups.all, options: Groups.options) { cluster in
            let other = try await cluster.listen(
                on: .tcp(host: "127.0.0.1", port: 0), as: "other", for: Groups.servers)
            StoppingPrimary.tell("port \(await outcome(of: .tcp(host: "127.0.0.1", port: 80), as: "low", cluster))")
            StoppingPrimary.tell("path \(await outcome(of: .unix(path: path), as: "web", cluster))")
            StoppingPrimary.tell("other \(other.address)")
            while await outcome(of: .unix(path: path), as: "web", cluster) != "listens" {
                try await Task.sleep(for: .milliseconds(5))
            }
            let pool = try await cluster.start(Groups.servers, count: 1)
            StoppingPrimary.tell("ready \(pool.workers[0].pid ?? 0)")
            await cluster.waitUntilStopping()
        }
    }

    private static func outcome(of address: SocketAddress, as name: String, _ cluster: Cluster) async -> String {
        do {
            _ = try await cluster.listen(on: address, as: name, for: Groups.servers)
            return "listens"
        } catch {
            return "\(error)"
        }
    }
}
