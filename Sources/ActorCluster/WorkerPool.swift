public import Distributed

/// A running group of workers.
public final class WorkerPool<Root: DistributedActor>: Sendable where Root.ActorSystem == ClusterActorSystem {
    /// A reference that stands for the whole pool: each call goes to a ready worker that the pool's policy chooses
    /// (`PoolOptions.scheduling`). While none has room, calls wait within their limit. It is an ordinary `Root`, so
    /// code that takes one need not know of pools.
    ///
    /// A call that has not reached its worker when that dies goes to another one. One that has fails with
    /// `CallError.workerDied`, because the method may have run; see `actor(idempotent:)`.
    public let actor: Root

    let supervisor: PoolSupervisor
    let cluster: Cluster

    init(supervisor: PoolSupervisor, cluster: Cluster) throws {
        self.supervisor = supervisor
        self.cluster = cluster
        actor = try Root.resolve(
            id: ActorID(scope: .pool(supervisor.number), number: ActorID.rootNumber), using: cluster.actorSystem)
    }

    /// A reference to the pool's workers that have this tag (`WorkerProcess.tags`). Each tag has a rotation of its own. Calls fail
    /// with `CallError.noWorkerAvailable` when no slot of the pool has the tag.
    public func actor(tag: String, idempotent: Bool = false) -> Root {
        cluster.actorSystem.root(inPool: supervisor.number, .tag(PoolChoice.word(ofTag: tag)), idempotent)
    }

    /// A reference to the worker that the key belongs to: equal keys reach the same worker, as long as it is there.
    ///
    /// Keys are spread over the workers evenly. When a worker of n goes, its keys alone move, a share of 1/n; when one
    /// comes it takes a like share from each; a slot that is filled again has its keys back. See `Scheduling.sticky`
    /// for what happens meanwhile. A key counts by its encoded form, so it must be encoded in one way: no `Set` and no
    /// `Dictionary` within. Throws `CallError.notEncodable`.
    public func actor(for key: some Hashable & Codable & Sendable, idempotent: Bool = false) throws -> Root {
        cluster.actorSystem.root(inPool: supervisor.number, try .of(key), idempotent)
    }

    /// A reference whose calls, if `idempotent`, are made once more when their worker dies while they run: at another worker
    /// or the dead one's replacement, within their limit. For methods that may run twice.
    ///
    /// There are as many repetitions as a tenth of the pool's idempotent calls, and 10 to begin with; up to 100 that were
    /// not needed are saved. So calls which kill their workers do not kill twice as many.
    public func actor(idempotent: Bool) -> Root {
        cluster.actorSystem.root(inPool: supervisor.number, .any, idempotent)
    }

    /// The workers as they are now, by slot.
    public var workers: [WorkerHandle<Root>] {
        supervisor.routes.slots.map {
            WorkerHandle(
                id: $0.worker, pid: $0.pid, tags: $0.tags, supervisor: supervisor, system: cluster.actorSystem)
        }
    }

    /// What the pool and its workers do and have done, since it was started.
    public var statistics: PoolStatistics {
        supervisor.routes.statistics(pingEvery: supervisor.options.health.every)
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

    /// Puts a new process into every slot while calls run, from what is on the disk now: a new version of the program,
    /// or the same with other settings. No call is lost and there are never fewer ready workers than before.
    ///
    /// Slot by slot the replacement starts beside the worker that is there. Once it is ready it gets the slot's calls;
    /// when it has been well for `WorkerTimeouts.settle`, the old one finishes its running calls and leaves, and the
    /// next slot has its turn. `surge` slots have theirs at once, so there are at most so many processes more than
    /// workers. Slots that were given up are filled again; those that were stopped by wish stay empty. Returns when all
    /// slots have been reloaded and the old processes are gone.
    ///
    /// `executable` is the program to run from now on; `nil`: the one so far, its path opened anew (until a reload the
    /// pool runs what it has opened at first, whatever becomes of the file). The primary itself stays as it is.
    /// `WorkerProcess.perSlot` and `tags` are asked as at every start, and `perSlot` has the last word on the
    /// executable.
    ///
    /// The first replacement that fails turns the reload back: it is removed, slots that have been reloaded get the
    /// build before in the same way, and `ClusterError.reloadFailed` is thrown with that worker, the reason and its
    /// last words. A replacement fails that ends, does not fit, is not ready within `WorkerTimeouts.ready` or not well
    /// for as long as it has to be.
    ///
    /// A reload waits for one that is under way, and for changes of size; calls meanwhile share the one that waits, and
    /// of their arguments the last count. Until it is over nobody is replaced for memory, age or calls.
    ///
    /// Throws `ClusterError`: `reloadFailed`; `stopped` when the pool is stopped meanwhile or restarted by its
    /// strategy, which goes back to the build before; `invalidOption` for a surge that cannot be. When the task is
    /// cancelled it throws `CancellationError` at once, and a reload that has begun goes on.
    public func reload(executable: String? = nil, surge: Int = 1) async throws {
        guard (1...Limits.workersPerPool).contains(surge) else {
            throw ClusterError.invalidOption("a reload has a surge of 1 to \(Limits.workersPerPool), not \(surge)")
        }
        try await supervisor.reload(ReloadQueue.Order(executable: executable, surge: surge))
    }

    /// Asks every worker to finish its running calls and leave, and returns when all are gone. New calls fail with
    /// `CallError.shuttingDown`. Workers that take longer than `WorkerTimeouts` allows are killed.
    public func stop() async { await cluster.stop(supervisor) }
}
