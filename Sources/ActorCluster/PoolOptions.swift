/// How a pool runs its workers.
public struct PoolOptions: Sendable {
    /// Whether a worker that ends by itself is replaced. Default: always.
    public var restart = RestartPolicy.always
    /// How often each slot may be refilled before it is given up. Default: 10 times in 60 s.
    public var intensity = RestartIntensity.default
    /// The pauses between restarts of one slot. Default: at once, then 100 ms doubling to 10 s.
    public var backoff = Backoff()
    /// Which worker gets the next call. Default: the one with the fewest calls in flight.
    public var scheduling = Scheduling.leastBusy
    /// When a worker counts as stuck, and how that is found out.
    public var health = HealthPolicy()
    /// How many calls workers take at once and how many wait, and when a worker is replaced although it is well.
    public var limits = PoolLimits()
    /// How long starting and stopping may take.
    public var timeouts = WorkerTimeouts()
    /// Which program the workers run, and how.
    public var process = WorkerProcess()
    /// `false`: when the last slot has been given up, `Cluster.run` ends with `ClusterError.gaveUp`. `true`: calls to
    /// the pool then fail with `CallError.noWorkerAvailable`, and the program goes on.
    public var optional = false

    /// The defaults.
    public init() {}

    func check() throws(ClusterError) {
        try intensity.check()
        try backoff.check()
        try health.check()
        try limits.check()
        try timeouts.check()
        if case .idleFirst(let capacity) = scheduling, capacity < 1 {
            throw .invalidOption("Scheduling.idleFirst has a capacity of \(capacity); it must be 1 at least")
        }
    }
}

/// How long a worker may take to start and to leave. Monotonic; none is negative, and `ready` is positive.
public struct WorkerTimeouts: Hashable, Sendable {
    /// From spawn to ready, the factory included; default 30 s. When it passes, the worker gets SIGKILL and the start
    /// counts as failed (`ClusterError.notReady`).
    public var ready: Duration = .seconds(30)
    /// To finish running calls and shutdown handlers after a stop; default 10 s, then SIGTERM.
    public var drain: Duration = .seconds(10)
    /// From SIGTERM to SIGKILL; default 5 s.
    public var terminate: Duration = .seconds(5)
    /// How long a replacement in a reload has to be well after it was ready, before the process that it replaces leaves
    /// and the next slot has its turn; default 1 s (`WorkerPool.reload`).
    public var settle: Duration = .seconds(1)

    /// The defaults.
    public init() {}

    func check() throws(ClusterError) {
        guard ready > .zero else { throw .invalidOption("WorkerTimeouts.ready is \(ready); it must be positive") }
        for (name, time) in [("drain", drain), ("terminate", terminate), ("settle", settle)] where time < .zero {
            throw .invalidOption("WorkerTimeouts.\(name) is \(time); it must not be negative")
        }
    }
}
