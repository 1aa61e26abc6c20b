import ProcessIO

extension Cluster {
    /// Opens a socket whose connections go to the workers of a pool, and returns when it listens.
    ///
    /// The socket belongs to the primary and outlives every worker. In a worker, `WorkerContext.connections` or
    /// `WorkerContext.listener` with the same name gives access to what comes. While no worker takes connections they wait in
    /// the system (`ListenOptions.backlog`).
    ///
    /// Throws `ClusterError`: `listenFailed` when the system refuses, because the address is in use or needs rights, say;
    /// `invalidOption` for a host that nobody knows, settings that cannot work, and a name that a listener of this pool has already; `stopped`.
    public func listen(
        on address: SocketAddress, as name: String, for pool: WorkerPool<some Any>,
        distribution: ConnectionDistribution = .shared, options: ListenOptions = ListenOptions()
    ) async throws -> Listener {
        try await listen(on: address, as: name, forPool: pool.supervisor.number, distribution, options)
    }

    /// The same for a pool that may not have been started yet: before `start`, so that a port that cannot be had is known
    /// first, and factories can wait for the listener.
    public func listen(
        on address: SocketAddress, as name: String, for group: WorkerGroup<some Any>,
        distribution: ConnectionDistribution = .shared, options: ListenOptions = ListenOptions()
    ) async throws -> Listener {
        try await listen(
            on: address, as: name, forPool: try actorSystem.poolNumber(of: group.name), distribution, options)
    }

    private func listen(
        on address: SocketAddress, as name: String, forPool pool: UInt32, _ distribution: ConnectionDistribution,
        _ options: ListenOptions
    ) async throws -> Listener {
        try options.check(distribution, on: address)
        guard let exchange = actorSystem.connections else { throw ClusterError.stopped }
        let source = try await Self.socket(on: address, distribution, options)
        let listener = OpenListener(name: name, pool: pool, source, limit: options.connectionsPerWorker, loop: loop)
        let number = try exchange.add(listener)
        return Listener(name: name, address: listener.address, number: number, exchange: exchange)
    }

    private static func socket(
        on address: SocketAddress, _ distribution: ConnectionDistribution, _ options: ListenOptions
    ) async throws -> OpenListener.Source {
        do {
            let socket: ListeningSocket
            switch address {
            case .inherited(let descriptor):
                socket = try ListeningSocket(inherited: descriptor, noDelay: options.noDelay)
            case .unix(let path):
                guard let name = RawSocketName(path: path) else {
                    throw ClusterError.listenFailed(address, call: "bind", errno: 0)
                }
                socket = try ListeningSocket(name, options.settings)
            case .tcp(let host, let port):
                let name = try await HostLookup.address(ofHost: host, port: port).get()
                if distribution == .reusePort { return .slots(try SlotSockets(name, options.settings)) }
                socket = try ListeningSocket(name, options.settings)
            }
            switch distribution {
            case .shared, .reusePort: return .shared(socket)
            case .roundRobin: return .handedOver(socket, isByLoad: false)
            case .leastBusy: return .handedOver(socket, isByLoad: true)
            }
        } catch let error as SystemError {
            throw ClusterError.listenFailed(address, call: error.call, errno: error.code)
        } catch let error as HostLookup.Failure {
            throw ClusterError.invalidOption("cannot listen on \(address): \(error.words)")
        }
    }
}
