public import Distributed

/// A running group of workers.
public final class WorkerPool<Root: DistributedActor>: Sendable where Root.ActorSystem == ClusterActorSystem {
    /// A reference that stands for the whole pool: each call goes to the next ready worker, in turn by slot. While none is
    /// ready, calls wait within their limit. It is an ordinary `Root`, so code that takes one need not know of pools.
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
            WorkerHandle(id: $0.worker, pid: $0.pid, supervisor: supervisor, system: cluster.actorSystem)
        }
    }

    /// What happens to this pool and its workers, from now on. Each use makes a reader of its own; none of them slows the
    /// cluster.
    public var events: EventStream { EventStream(supervisor.events) }

    /// Asks every worker to finish its running calls and leave, and returns when all are gone. New calls fail with
    /// `CallError.shuttingDown`. Workers that take longer than `WorkerTimeouts` allows are killed.
    public func stop() async { await cluster.stop(supervisor) }
}
