public import Distributed

/// A worker's view of its own life, given to the group's factory.
public struct WorkerContext: Sendable {
    /// Which worker this process is.
    public let id: WorkerID
    /// The tags of its slot, by `WorkerProcess.tags` in the primary.
    public let tags: Set<String>
    /// For the actors of this process.
    public let actorSystem: ClusterActorSystem
    private let life: WorkerLife
    let connections: WorkerConnections

    init(
        id: WorkerID, tags: Set<String>, actorSystem: ClusterActorSystem, life: WorkerLife,
        connections: WorkerConnections
    ) {
        self.id = id
        self.tags = tags
        self.actorSystem = actorSystem
        self.life = life
        self.connections = connections
    }

    /// Another pool of this program, by its group's declaration; `WorkerPool.actor` in the primary is the same.
    ///
    /// Its calls go through the primary, where they wait for a worker if they must. They fail with
    /// `CallError.targetMissing` while the primary has no pool of the group. Throws `ClusterError.groupNotListed` when
    /// the primary's `Cluster.run` does not list it.
    public func actor<Root: DistributedActor>(of group: WorkerGroup<Root>, idempotent: Bool = false) throws -> Root
    where Root.ActorSystem == ClusterActorSystem {
        actorSystem.root(inPool: try actorSystem.poolNumber(of: group.name), .any, idempotent)
    }

    /// Another pool's worker in this slot, as `WorkerHandle.actor`. There need be no such slot now; while the pool has never had
    /// one, calls fail with `CallError.targetMissing`.
    public func actor<Root: DistributedActor>(of group: WorkerGroup<Root>, slot: Int) throws -> Root
    where Root.ActorSystem == ClusterActorSystem {
        let number = try actorSystem.poolNumber(of: group.name)
        return actorSystem.root(.slot(pool: number, slot: UInt32(clamping: slot)))
    }

    /// Another pool's workers with this tag, as `WorkerPool.actor(tag:)`.
    public func actor<Root: DistributedActor>(
        of group: WorkerGroup<Root>, tag: String, idempotent: Bool = false
    ) throws -> Root where Root.ActorSystem == ClusterActorSystem {
        let number = try actorSystem.poolNumber(of: group.name)
        return actorSystem.root(inPool: number, .tag(PoolChoice.word(ofTag: tag)), idempotent)
    }

    /// The worker of another pool that the key belongs to, as `WorkerPool.actor(for:)`.
    public func actor<Root: DistributedActor>(
        of group: WorkerGroup<Root>, for key: some Hashable & Codable & Sendable, idempotent: Bool = false
    ) throws -> Root where Root.ActorSystem == ClusterActorSystem {
        actorSystem.root(inPool: try actorSystem.poolNumber(of: group.name), try .of(key), idempotent)
    }

    /// What this worker is told of its own life. Each use makes a reader of its own, which also gets what came before.
    public var events: AsyncStream<WorkerEvent> { life.events.stream() }

    /// Tells the primary of an error, as `ClusterEvent.Kind.error` with type and text (4 KiB of it); the worker goes
    /// on.
    ///
    /// It is on its way when this returns, so that it arrives even if the process exits right afterwards. While the
    /// primary does not read, reports past 1 MiB are dropped, and an event tells how many.
    public func report(_ error: any Error) { life.report(error) }

    /// Has this worker finish its running calls and leave, as `WorkerHandle.stop` in the primary does: its slot stays
    /// empty. Returns at once.
    public func stop() { life.leaveByWish() }

    /// Registers work to do when this worker leaves: after its running calls have ended, last registered first.
    ///
    /// It has what is left of the drain limit (`WorkerTimeouts.drain`); when the primary is gone, 0.9 s. It does not
    /// run when the process is killed or traps.
    public func onShutdown(_ work: @escaping @Sendable () async -> Void) { life.onShutdown(work) }
}
