import ProcessIO

extension WorkerContext {
    /// The connections of a listener of this worker's pool (`Cluster.listen`) that come to this worker, from when it is ready.
    ///
    /// While there is no such listener nothing comes. `limit`: connections that this worker has at once, beside the listener's own
    /// limit; what it is at the first use counts.
    public func connections(_ name: String, limit: Int? = nil) -> ConnectionStream {
        ConnectionStream(source: connections.source(of: name, limit: limit))
    }

    /// A descriptor that listens, non-blocking, for SwiftNIO (`ServerBootstrap.withBoundSocket`) or another server that takes
    /// one. The caller closes it; the listener itself stays.
    ///
    /// When this worker is to leave, the program has to stop accepting and to finish its connections: in
    /// `WorkerContext.onShutdown`, say. Waits for the listener, as long as a call may take: a factory gets it only when the
    /// primary listens before it starts the pool. Throws `CallError.targetMissing` when there is none by then,
    /// `ClusterError.invalidOption` when the primary hands this listener's connections over (`roundRobin`, `leastBusy`),
    /// `listenFailed` when the slot's socket cannot be made, and what a call to the primary throws.
    public func listener(_ name: String) async throws -> Int32 { try await connections.descriptor(of: name) }

    /// Counts a connection that this worker has accepted by itself, until `CountedConnection.end` is called or nobody holds
    /// what this returns.
    public func countConnection(of listener: String) -> CountedConnection { CountedConnection(listener, connections) }
}

extension WorkerConnections {
    nonisolated(nonsending) func descriptor(of name: String) async throws -> Int32 {
        let wish = ListenerWish(name: name, process: process, isForDescriptor: true)
        let answer: ListenerAnswer
        do {
            answer = try await desk().open(wish)
        } catch CallError.timeout(let limit, _, _, _) {
            throw CallError.targetMissing(
                "the pool has no listener \"\(name)\" (waited \(limit)): the primary must call Cluster.listen, before it "
                    + "starts the pool if the factory needs it")
        }
        if let failure = answer.failure {
            throw ClusterError.listenFailed(failure.address, call: failure.call, errno: failure.errno)
        }
        guard let grant = answer.grant else { throw CallError.shuttingDown }
        guard let descriptor = grant.descriptor?.take() else {
            throw ClusterError.invalidOption(
                "the primary accepts the connections of \"\(name)\" itself: use WorkerContext.connections, or listen with "
                    + "ConnectionDistribution.shared or .reusePort")
        }
        return descriptor.release()
    }
}
