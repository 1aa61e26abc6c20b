import ProcessIO

/// Who of a pool's workers gets a connection.
public enum ConnectionDistribution: Hashable, Sendable, Codable {
    /// Whoever takes it first: all workers wait at one socket, and the system decides. The least work per connection, and
    /// the least even spread.
    case shared
    /// Each in turn: the primary accepts connections and hands them to the workers.
    case roundRobin
    /// The worker with the fewest connections: as `roundRobin`, for connections that last long.
    case leastBusy
    /// By the system's hash of the client's address: each slot has a socket of its own on the same port (SO_REUSEPORT).
    /// What has come to a slot's socket waits for that slot's worker, also while that is being replaced.
    case reusePort
}

/// How a listener's socket is made.
public struct ListenOptions: Hashable, Sendable {
    /// Connections that wait in the system until a worker takes them, 1 to 65,535; default 1,024. The system may have
    /// a lower limit of its own (`net.core.somaxconn`), and lets clients of further ones wait or refuses them.
    public var backlog = 1_024
    /// Whether what is written to a connection leaves at once (TCP_NODELAY). Default: yes.
    public var noDelay = true
    /// Whether the port can be had while old connections of it linger (SO_REUSEADDR). Default: yes.
    public var reuseAddress = true
    /// Whether an IPv6 address takes no IPv4 connections (IPV6_V6ONLY). Default: no, it takes both.
    public var ipv6Only = false
    /// The rights of a Unix socket's file, as 0o660; `nil`, the default: those that the process's mask leaves.
    public var unixMode: UInt32?
    /// Connections that a worker has at once; further ones go to others, or wait. Default: no limit. A worker that serves
    /// the descriptor itself (`WorkerContext.listener`) keeps to it or does not.
    public var connectionsPerWorker: Int?

    /// The defaults.
    public init() {}

    func check(_ distribution: ConnectionDistribution, on address: SocketAddress) throws(ClusterError) {
        guard (1...65_535).contains(backlog) else {
            throw .invalidOption("ListenOptions.backlog is \(backlog); it must be 1 to 65,535")
        }
        if let connectionsPerWorker, connectionsPerWorker < 0 {
            throw .invalidOption("ListenOptions.connectionsPerWorker is \(connectionsPerWorker); it must be 0 at least")
        }
        if let unixMode, unixMode > 0o777 {
            throw .invalidOption("ListenOptions.unixMode is 0o\(String(unixMode, radix: 8)); it must be at most 0o777")
        }
        switch (address, distribution) {
        case (.tcp(_, let port), _) where !(0...65_535).contains(port):
            throw .invalidOption("there is no port \(port)")
        case (.unix, .reusePort), (.inherited, .reusePort):
            throw .invalidOption("ConnectionDistribution.reusePort is for a host and a port, not for \(address)")
        case (.unix(let path), _) where RawSocketName(path: path) == nil:
            throw .invalidOption(
                "\"\(path)\" cannot name a Unix socket: a path has 1 to \(RawSocketName.longestPath) bytes, none of them 0"
            )
        default: break
        }
    }

    var settings: ListeningSettings {
        var settings = ListeningSettings()
        settings.backlog = Int32(clamping: backlog)
        settings.noDelay = noDelay
        settings.reusesAddress = reuseAddress
        settings.isIPv6Only = ipv6Only
        settings.mode = unixMode
        return settings
    }
}
