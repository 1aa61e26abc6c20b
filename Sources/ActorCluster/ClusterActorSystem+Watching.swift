public import Distributed

extension ClusterActorSystem {
    /// Waits for the end of the process in which an actor lives, and tells how it went. Works in the primary and in
    /// workers.
    ///
    /// It returns when calls to that process fail: at once if it has gone already. Of a reference by slot it is the
    /// process that fills the slot now, or the last that did; of the primary, seen from a worker, the pipe to it. The
    /// actor itself may have been released long before.
    ///
    /// Throws `CancellationError` when the task is cancelled, and `CallError.unsupportedCall` for what has no end
    /// that could be told: an actor of this very process, or one of another cluster, and a reference by pool, which
    /// is not one process (`WorkerPool.workers` are, and `WorkerPool.events` tells of all).
    public nonisolated(nonsending) func whenTerminated<Act: DistributedActor>(
        _ actor: Act
    ) async throws -> Termination where Act.ActorSystem == ClusterActorSystem {
        guard actor.actorSystem === self else {
            throw CallError.unsupportedCall("the actor \(actor.id) belongs to another cluster: ask its actor system")
        }
        let end: Termination?
        switch actor.id.scope {
        case let scope where isHere(scope):
            throw CallError.unsupportedCall("the actor \(actor.id) lives in this process: nobody here sees its end")
        case .pool:
            throw CallError.unsupportedCall(
                "\(actor.id) is a whole pool and no process: watch its workers, or read WorkerPool.events")
        case let scope: end = await waitForEnd(of: scope)
        }
        guard let end else { throw CancellationError() }
        return end
    }

    /// `nil`: the task was cancelled.
    nonisolated(nonsending) func waitForEnd(of scope: ActorID.Scope) async -> Termination? {
        guard let primary = routes.primary else {
            guard let process = routes.process(scope) else { return Termination(nil, .unreachable) }
            return await watch.wait(for: process, asking: nil)
        }
        if scope == .primary { return await watch.wait(for: scope, asking: nil) }
        return await watch.wait(for: scope) { primary.send(OutgoingFrame(.watch, FrameNumbers(scope.word))) }
    }

    /// A worker wants to know of the end of a process. In the primary.
    func received(watch word: UInt64, from peer: Peer) throws(ProtocolViolation) {
        guard let scope = ActorID.Scope(word: word) else { throw .unreadable(.watch) }
        guard watch.watch(routes.process(scope), word: word, for: peer) else {
            throw .tooManyCalls(limit: Limits.callsInFlight)
        }
    }

    /// The primary tells of the end of a process. In a worker.
    func received(termination frame: IncomingFrame) throws {
        watch.ended(word: frame.id, try Body.decode(Termination.self, from: frame.body))
    }
}
