package import ProcessIO

/// Where a listener takes connections, or where one comes from.
public enum SocketAddress: Hashable, Sendable, Codable {
    /// A host, by its number (`127.0.0.1`, `::1`) or its name, and a port. To listen on: an empty host stands for all
    /// addresses of this machine, port 0 for a port that is free; `Listener.address` is then the real one.
    case tcp(host: String, port: Int)
    /// A Unix socket by its path, of at most 107 bytes. A client has an empty one.
    case unix(path: String)
    /// A socket that listens already, which this process was started with (socket activation) or has made itself.
    case inherited(descriptor: Int32)

    package init(_ name: SocketName) {
        switch name {
        case .internet(let host, let port): self = .tcp(host: host, port: port)
        case .unix(let path): self = .unix(path: path)
        case .unnamed: self = .unix(path: "")
        }
    }
}

extension SocketAddress: CustomStringConvertible {
    /// As people write it: `127.0.0.1:8080`, `[::1]:8080`, a path.
    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path.isEmpty ? "a Unix socket" : path
        case .inherited(let descriptor): "descriptor \(descriptor)"
        }
    }
}
