import Distributed

extension ClusterActorSystem {
    /// Starts a call of another process, or answers why it cannot be. On the event loop.
    ///
    /// `Task.immediateDetached` runs up to the actor's queue before it returns, so calls start in the order they came.
    func received(_ call: IncomingCall, from peer: Peer) {
        if let scope = call.scope { return passOn(call, to: scope, from: peer) }
        let handler = ClusterResultHandler(id: call.id, deadline: call.deadline, peer: peer, system: self)
        switch local.find(actor: call.actor, target: call.target) {
        case .callable(let actor, let target):
            let arguments = call.arguments
            // What the method calls in turn must not outlive the one who waits for it.
            let scope = CallScope(deadline: call.deadline)
            let task = Task.immediateDetached {
                await CallScope.$current.withValue(scope) {
                    await TargetExecution.run(target, on: actor, arguments: arguments, handler: handler)
                }
            }
            peer.started(call.id, task)
        case .noActor: handler.fail(Failure(.targetMissing))
        case .noTarget: handler.fail(Failure(.unknownTarget))
        case .refused(let why): handler.fail(Failure(.unsupported, text: why))
        }
    }

    /// In the primary: makes a worker's call in its stead, and answers with how it ended.
    private func passOn(_ call: IncomingCall, to scope: ActorID.Scope, from peer: Peer) {
        let address = ActorID(scope: scope, number: call.actor)
        let task = Task.immediateDetached {
            let outcome = await self.carry(
                address, target: call.target, call.arguments, deadline: call.deadline)
            peer.finish(call.id, with: outcome.answer(call.id))
        }
        peer.started(call.id, task)
    }
}
