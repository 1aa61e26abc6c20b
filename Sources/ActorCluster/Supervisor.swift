import Distributed

/// Which pools are restarted when one of them has come to its end by failure: when its last slot has been given up.
/// Terms and rules are those of OTP's supervisor.
public enum SupervisionStrategy: Hashable, Sendable {
    /// That one.
    case oneForOne
    /// All pools of the strategy.
    case oneForAll
    /// That one and those that were started after it.
    case restForOne
}

/// Starts pools under one strategy; see `Cluster.supervise`.
public struct Supervisor: Sendable {
    let cluster: Cluster
    let tree: TreeSupervisor

    /// As `Cluster.start`, and the pool is restarted as the strategy says. `PoolOptions.optional` means that the
    /// program goes on without it when the strategy's intensity is exceeded by its failures.
    @discardableResult
    public func start<Root>(
        _ group: WorkerGroup<Root>, count: Int? = nil, options: PoolOptions = PoolOptions()
    ) async throws -> WorkerPool<Root> {
        try await cluster.start(group, count: count, options: options, in: tree)
    }
}

extension Cluster {
    /// Runs `body` with pools that are restarted when they come to their end by failure, and stops these pools when
    /// it is over, the last first.
    ///
    /// When the last slot of a pool has been given up, the strategy says which pools restart: they stop one after
    /// another, the last started first, and start one after another, the first first. References to a pool and its
    /// slots stay valid, and calls wait within their limit meanwhile. After a first restart at once the next ones
    /// pause, as slots do.
    ///
    /// More restarts than `intensity` allows (default 10 in 60 s), and the cluster stops: `Cluster.run` throws
    /// `ClusterError.gaveUp` with the last exits. Throws what `body` throws.
    public func supervise<Result>(
        _ strategy: SupervisionStrategy, intensity: RestartIntensity = .default,
        _ body: @Sendable (Supervisor) async throws -> Result
    ) async throws -> Result {
        let tree = TreeSupervisor(PoolTree(strategy, intensity: intensity), loop: loop) { self.poolGaveUp($0) }
        add(tree)
        let outcome: Swift.Result<Result, any Error>
        do {
            outcome = .success(try await body(Supervisor(cluster: self, tree: tree)))
        } catch {
            outcome = .failure(error)
        }
        for pool in await tree.close().reversed() { await stop(pool) }
        remove(tree)
        return try outcome.get()
    }
}
