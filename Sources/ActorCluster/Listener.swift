import ProcessIO

/// A socket of the primary whose connections go to the workers of a pool. It outlives each of them, and closes when the
/// pool stops or has given up.
public struct Listener: Sendable {
    /// By which the workers ask for it.
    public let name: String
    /// Where it listens, with the real port; of an inherited one where that listens.
    public let address: SocketAddress

    let number: UInt64
    let exchange: ConnectionExchange

    /// Closes it: clients are refused from now on, connections that no worker has taken are closed, and the workers'
    /// sequences of connections end. Those that they have taken go on. The name and the port are free then, and a Unix socket's file
    /// is removed. An inherited socket is only let go of: who serves its descriptor goes on.
    public func close() { exchange.close(number) }

    /// What the primary has done for it.
    public var statistics: ListenerStatistics { exchange.statistics(of: number) }
}

/// What the primary has done for a listener. What workers have accepted themselves is in `WorkerStatistics.connections`.
public struct ListenerStatistics: Hashable, Sendable, Codable {
    /// Connections that the primary has accepted, to hand them to workers.
    public package(set) var accepted: UInt64 = 0
    /// Connections among those that no worker has taken yet.
    public package(set) var untaken = 0
    /// How often one was taken back from a worker that died, left, did not answer or was too slow, to give it to another.
    public package(set) var takenBack: UInt64 = 0
    /// How often it was not accepted for 100 ms because the process had no descriptor left.
    public package(set) var pauses: UInt64 = 0

    package init() {}
}

/// What workers have had to do with connections.
public struct ConnectionStatistics: Hashable, Sendable, Codable {
    /// Connections that a worker has now.
    public package(set) var active = 0
    /// Connections that workers have had in all, since the pool was started.
    public package(set) var total: UInt64 = 0
    /// How often one was not taken for 100 ms because the worker had no descriptor left.
    public package(set) var pauses: UInt64 = 0

    package init() {}

    package mutating func add(_ other: ConnectionStatistics) {
        active += other.active
        total += other.total
        pauses += other.pauses
    }

    /// Its process is gone.
    package mutating func end() { active = 0 }
}

/// A worker's connections, where whoever wants to know can read them.
final class ConnectionGauge: Sendable {
    private let state = Lock(ConnectionStatistics())

    var now: ConnectionStatistics { state.withLock { $0 } }

    func store(_ statistics: ConnectionStatistics) { state.withLock { $0 = statistics } }
}
