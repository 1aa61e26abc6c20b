public import Distributed

/// A running group of workers.
public final class WorkerPool<Root: DistributedActor>: Sendable where Root.ActorSystem == ClusterActorSystem {
    /// A reference that stands for the whole pool: each call goes to the next ready worker, in turn by slot. While
    /// none is ready, calls wait within their limit. It is an ordinary `Root`, so code that takes one need not know
    /// of pools.
    public let actor: Root

    private let supervisor: PoolSupervisor
    private let cluster: Cluster

    init(supervisor: PoolSupervisor, cluster: Cluster) throws {
        self.supervisor = supervisor
        self.cluster = cluster
        actor = try Root.resolve(
            id: ActorID(scope: .pool(supervisor.number), number: ActorID.rootNumber), using: cluster.actorSystem)
    }

    /// The workers as they are now, by slot.
    public var workers: [WorkerHandle<Root>] {
        supervisor.routes.slots.map {
            WorkerHandle(
                id: $0.worker, pid: $0.pid, tags: $0.tags, supervisor: supervisor, system: cluster.actorSystem)
        }
    }

    /// What happens to this pool and its workers, from now on. Each use makes a reader of its own; none of them slows
    /// the cluster.
    public var events: EventStream { EventStream(supervisor.events) }

    /// Gives the pool another number of workers, 1 to 4,096, while calls run.
    ///
    /// Up: starts workers in new slots and returns when all of them are ready. All or nothing: the first failure
    /// among them is thrown as by `Cluster.start`, and the pool keeps the size it had. Down: the highest slots take
    /// no new calls, finish the running ones and leave, as by `stop()`; returns when they are gone. Several changes
    /// are made one after another.
    ///
    /// Throws `ClusterError`: `invalidOption` for a size that cannot be, `stopped` when the pool is stopped
    /// meanwhile, or is restarted by its strategy. When the task is cancelled, growth is undone and
    /// `CancellationError` thrown.
    public func scale(to count: Int) async throws {
        guard (1...Limits.workersPerPool).contains(count) else {
            throw ClusterError.invalidOption("a pool has 1 to \(Limits.workersPerPool) workers, not \(count)")
        }
        try await supervisor.scale(to: count)
    }

    /// Asks every worker to finish its running calls and leave, and returns when all are gone. New calls fail with
    /// `CallError.shuttingDown`. Workers that take longer than `WorkerTimeouts` allows are killed.
    public func stop() async { await cluster.stop(supervisor) }
}
