public import Distributed
import ProcessIO

/// One worker process. Its replacement has a handle of its own; take it from `WorkerPool.workers`.
public struct WorkerHandle<Root: DistributedActor>: Sendable, Identifiable
where Root.ActorSystem == ClusterActorSystem {
    /// Group, slot and number of the process.
    public let id: WorkerID
    /// The process's id in the system; `nil` if there was no process (yet) when the handle was made.
    public let pid: Int32?
    /// The tags of its slot, by `WorkerProcess.tags`.
    public let tags: Set<String>

    private let supervisor: PoolSupervisor
    private let system: ClusterActorSystem

    init(
        id: WorkerID, pid: Int32?, tags: Set<String>, supervisor: PoolSupervisor, system: ClusterActorSystem
    ) {
        self.id = id
        self.pid = pid
        self.tags = tags
        self.supervisor = supervisor
        self.system = system
    }

    /// Where the process is in its life now.
    public var state: WorkerState { supervisor.routes.standing(of: id).state }

    /// Whether its pipe is there: from `online` until it ends, which may be before the process does.
    public var isConnected: Bool { supervisor.routes.standing(of: id).isConnected }

    /// What its slot does and has done, restarts included; `nil`: the pool has no such slot any more.
    public var statistics: WorkerStatistics? {
        let workers = supervisor.routes.statistics(pingEvery: supervisor.options.health.every).workers
        return workers.indices.contains(id.slot) ? workers[id.slot] : nil
    }

    /// The root actor by slot: survives restarts, and calls wait within their limit while there is none to take them.
    public var actor: Root {
        reference(.slot(pool: supervisor.number, slot: UInt32(id.slot)))
    }

    /// The root actor of this very process: calls fail once it is gone.
    public var incarnation: Root { reference(.incarnation(id.incarnation)) }

    /// Asks the process how it is. Its event loop answers, however busy its actors are. Throws as a call does.
    public func healthCheck() async throws -> HealthReport {
        guard let peer = system.routes.peer(id.incarnation) else {
            throw CallError.targetMissing("worker \(id) is gone")
        }
        try Task.checkCancellation()
        let limit = CallScope.current.bound(standard: system.callTimeout, now: MonotonicClock.now)
        let outcome = await peer.call(.health, deadline: limit.deadline)
        let message = try system.result(outcome, of: "healthCheck()", limit: limit)
        do {
            return try message.bytes.withUnsafeBytes { try Body.decode(HealthReport.self, from: $0) }
        } catch {
            throw CallError.malformedMessage("healthCheck(): \(describe(error))", .maybeExecuted)
        }
    }

    /// Puts a new process into the slot: this one finishes its running calls and leaves, and the next starts at once,
    /// without a pause and without counting as a restart of the budget. Returns when one that is newer than this is
    /// ready. A slot that pauses, was given up or was stopped is filled too.
    ///
    /// Throws `ClusterError`: what the new process's factory threw or why it was not ready (the slot then goes on by
    /// the pool's policy), and `stopped` when the slot is stopped or the pool is. When the task is cancelled it
    /// throws `CancellationError` at once, and the restart goes on.
    public func restart() async throws { try await supervisor.restart(id) }

    /// Has the process finish its running calls and leave, and returns when it is gone; SIGTERM and SIGKILL follow as
    /// `WorkerTimeouts` says. Its slot stays empty until `restart()`. New calls to it fail with
    /// `CallError.shuttingDown`. Does nothing when the process is gone and the slot has another one; one that has not
    /// been started yet is not.
    public func stop() async { await supervisor.stop(id) }

    private func reference(_ scope: ActorID.Scope) -> Root { system.root(scope) }
}
