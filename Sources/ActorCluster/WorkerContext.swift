/// A worker's view of its own life, given to the group's factory.
public struct WorkerContext: Sendable {
    /// Which worker this process is.
    public let id: WorkerID
    /// For the actors of this process.
    public let actorSystem: ClusterActorSystem
    private let life: WorkerLife

    init(id: WorkerID, actorSystem: ClusterActorSystem, life: WorkerLife) {
        self.id = id
        self.actorSystem = actorSystem
        self.life = life
    }

    /// Registers work to do when this worker leaves: after its running calls have ended, last registered first.
    ///
    /// It has what is left of the drain limit (`WorkerTimeouts.drain`); when the primary is gone, 0.9 s. It does not run
    /// when the process is killed or traps.
    public func onShutdown(_ work: @escaping @Sendable () async -> Void) { life.onShutdown(work) }
}
