import ActorCluster
import ActorClusterTesting
import FaultActors
import ProcessIO
import Testing

/// Any free port of this machine.
let anyPort = SocketAddress.tcp(host: "127.0.0.1", port: 0)

/// Runs workers that answer lines, behind one listener.
func withServers(
    _ count: Int, _ distribution: ConnectionDistribution, on address: SocketAddress = anyPort,
    listening: ListenOptions = ListenOptions(), _ change: @escaping @Sendable (inout PoolOptions) -> Void = { _ in },
    _ body: @escaping @Sendable (Cluster, WorkerPool<Server>, ActorCluster.Listener) async throws -> Void
) async throws {
    try await withCluster { cluster in
        let listener = try await cluster.listen(
            on: address, as: "web", for: Groups.servers, distribution: distribution, options: listening)
        let pool = try await cluster.start(Groups.servers, count: count, options: workerProgram(change))
        try await body(cluster, pool, listener)
    }
}

/// Who has answered a `who`.
struct Answer: Hashable {
    let slot: Int
    let pid: Int32
    let client: String

    init(_ line: String) throws {
        let words = line.split(separator: " ")
        slot = try #require(words.first.flatMap { Int($0) }, "\(line)")
        pid = try #require(words.dropFirst().first.flatMap { Int32($0) })
        client = words.dropFirst(2).joined(separator: " ")
    }
}

/// So many clients, one after another; how many each slot has answered.
func ask(_ count: Int, at address: SocketAddress) async throws -> [Int: Int] {
    try await onOwnThread {
        var counts: [Int: Int] = [:]
        for _ in 0..<count { counts[try Answer(Client.ask("who", at: address)).slot, default: 0] += 1 }
        return counts
    }
}

/// Clients, each on a thread of its own, that do something again and again.
final class Traffic: Sendable {
    private let isOver = Lock(false)
    private let served = Lock(0)
    private let failures = Lock<[Client.Failure]>([])
    private let tasks = Lock<[Task<Void, any Error>]>([])

    init(of clients: Int, _ work: @escaping @Sendable () throws -> some Any) {
        tasks.withLock { tasks in
            for _ in 0..<clients {
                tasks.append(
                    Task { try await onOwnThread { while !self.isOver.withLock({ $0 }) { try self.once(work) } } })
            }
        }
    }

    private func once(_ work: () throws -> some Any) throws {
        do {
            _ = try work()
            served.withLock { $0 += 1 }
        } catch let failure as Client.Failure {
            failures.withLock { $0.append(failure) }
        }
    }

    /// How often it has gone well, and what went wrong between client and server.
    func end() async throws -> (served: Int, failures: [Client.Failure]) {
        isOver.withLock { $0 = true }
        for task in tasks.withLock({ $0 }) { try await task.value }
        return (served.withLock { $0 }, failures.withLock { $0 })
    }
}
