import Distributed
import ProcessIO

extension ClusterActorSystem {
    /// Starts a call of another process in its turn, or answers why it cannot be. On the event loop.
    func received(_ call: IncomingCall, from peer: Peer) {
        if call.scope != nil { return peer.loop.start(RelayedCall(call, from: peer, by: self)) }
        let handler = ClusterResultHandler(id: call.id, deadline: call.deadline, peer: peer, system: self)
        switch local.find(actor: call.actor, target: call.target) {
        case .callable(let actor, let target): peer.loop.start(LocalCall(call, handler, actor, target))
        case .noActor: handler.fail(Failure(.targetMissing))
        case .noTarget: handler.fail(Failure(.unknownTarget))
        case .refused(let why): handler.fail(Failure(.unsupported, text: why))
        }
    }
}

/// A call to an actor of this process. Its runner goes up to the actor's queue before it returns, so calls that are started
/// one after another begin in that order.
final class LocalCall: Startable {
    private let call: IncomingCall
    private let handler: ClusterResultHandler
    private let actor: any DistributedActor
    private let target: TargetEntry

    init(_ call: IncomingCall, _ handler: ClusterResultHandler, _ actor: any DistributedActor, _ target: TargetEntry) {
        (self.call, self.handler, self.actor, self.target) = (call, handler, actor, target)
    }

    /// Two systems may have actors with equal numbers; that costs a wait, not the order.
    var lane: UInt64 { call.actor }

    var id: CallID { call.id }
    var peer: Peer { handler.peer }

    func start() {
        if peer.mayStart(self, id, deadline: call.deadline) { CallRunner.start(self, on: peer.loop) }
    }

    /// What the method calls in turn must not outlive the one who waits for it.
    nonisolated(nonsending) func run() async {
        await CallScope.$current.withValue(CallScope(deadline: call.deadline)) {
            await target.run(on: actor, arguments: call.arguments, handler: handler)
        }
    }
}

/// In the primary: a worker's call to an actor elsewhere, made in the worker's stead and answered with how it ended.
private final class RelayedCall: Startable {
    private let call: IncomingCall
    private let peer: Peer
    private let system: ClusterActorSystem

    init(_ call: IncomingCall, from peer: Peer, by system: ClusterActorSystem) {
        (self.call, self.peer, self.system) = (call, peer, system)
    }

    var lane: UInt64 { call.actor }

    func start() {
        let (call, peer, system) = (call, peer, system)
        guard let scope = call.scope, peer.mayStart(self, call.id, deadline: call.deadline) else { return }
        guard let target = peer.target(numbered: call.target) else {
            return peer.finish(call.id, with: .failure(Failure(.unknownTarget), id: call.id))
        }
        let task = Task.immediateDetached(executorPreference: peer.loop) {
            let address = ActorID(scope: scope, number: call.actor)
            let outcome = await system.carry(address, target, call.arguments, deadline: call.deadline)
            peer.finish(call.id, with: outcome.answer(call.id))
        }
        peer.started(call.id, .task(task))
    }
}
