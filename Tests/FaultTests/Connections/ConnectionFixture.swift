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
    private struct Outcome {
        var isOver = false
        var served = 0
        var failures: [Client.Failure] = []
    }

    /// The threads hold it without this.
    private final class Record: Sendable {
        let outcome = Lock(Outcome())

        var isOver: Bool { outcome.withLock { $0.isOver } }

        func end() { outcome.withLock { $0.isOver = true } }

        func once(_ work: () throws -> some Any) throws {
            do {
                _ = try work()
                outcome.withLock { $0.served += 1 }
            } catch let failure as Client.Failure {
                outcome.withLock { $0.failures.append(failure) }
            }
        }
    }

    private let record = Record()
    private let tasks: [Task<Void, any Error>]

    init(of clients: Int, _ work: @escaping @Sendable () throws -> some Any) {
        tasks = (0..<clients).map { [record] _ in
            Task { try await onOwnThread { while !record.isOver { try record.once(work) } } }
        }
    }

    /// A test that ends early has nobody ask any more.
    deinit { record.end() }

    /// How often it has gone well, and what went wrong between client and server.
    func end() async throws -> (served: Int, failures: [Client.Failure]) {
        record.end()
        for task in tasks { try await task.value }
        return record.outcome.withLock { ($0.served, $0.failures) }
    }
}
