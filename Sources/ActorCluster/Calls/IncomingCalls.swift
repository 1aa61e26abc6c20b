import Distributed
import ProcessIO
import Synchronization

/// A call of another process, about to run here or running.
protocol IncomingWork: Startable {
    /// The caller does not wait any more. Any thread.
    func cancel()
}

extension ClusterActorSystem {
    /// Starts a call of another process in its turn, or answers why it cannot be. On the event loop.
    func received(_ call: IncomingCall, from peer: Peer) {
        if call.scope != nil { return peer.loop.start(RelayedCall(call, from: peer, by: self)) }
        switch local.find(actor: call.actor, target: call.target) {
        case .callable(let actor, let target): peer.loop.start(LocalCall(call, from: peer, to: actor, target, self))
        case .noActor: peer.refuse(call, Failure(.targetMissing))
        case .noTarget: peer.refuse(call, Failure(.unknownTarget))
        case .refused(let why): peer.refuse(call, Failure(.unsupported, text: why))
        }
    }
}

/// A call to an actor of this process. Its runner goes up to the actor's queue before it returns, so calls that are
/// started one after another begin in that order.
final class LocalCall: IncomingWork {
    private let call: IncomingCall
    private let peer: Peer
    private let system: ClusterActorSystem
    private let actor: any DistributedActor
    private let target: TargetEntry

    /// `waiting`, `cancelled`, or the address of the runner that has it, retained.
    private let progress = Atomic<UInt>(0)
    private static let waiting: UInt = 0
    private static let cancelled: UInt = 1

    init(
        _ call: IncomingCall, from peer: Peer, to actor: any DistributedActor, _ target: TargetEntry,
        _ system: ClusterActorSystem
    ) {
        (self.call, self.peer, self.actor, self.target, self.system) = (call, peer, actor, target, system)
    }

    deinit { Self.runner(progress.load(ordering: .acquiring))?.release() }

    /// Two systems may have actors with equal numbers; that costs a wait, not the order.
    var lane: UInt64 { call.actor }

    func start() {
        if peer.mayStart(self, call.id, deadline: call.terms.deadline) { CallRunner.start(self, on: peer.loop) }
    }

    /// False: it has been cancelled before.
    func begin(in runner: CallRunner) -> Bool {
        let retained = Unmanaged.passRetained(runner)
        let (isFirst, _) = progress.compareExchange(
            expected: Self.waiting, desired: UInt(bitPattern: retained.toOpaque()), ordering: .acquiringAndReleasing)
        if !isFirst { retained.release() }
        return isFirst
    }

    func cancel() {
        let (isFirst, there) = progress.compareExchange(
            expected: Self.waiting, desired: Self.cancelled, ordering: .acquiringAndReleasing)
        if !isFirst { Self.runner(there)?.takeUnretainedValue().cancel(self) }
    }

    private static func runner(_ progress: UInt) -> Unmanaged<CallRunner>? {
        guard progress > cancelled else { return nil }
        return UnsafeRawPointer(bitPattern: progress).map { Unmanaged.fromOpaque($0) }
    }

    /// What the method calls in turn must not outlive the one who waits for it.
    @inline(__always)
    func run() async {
        await CallScope.$current.withValue(CallScope(inside: call.terms, of: system)) {
            let handler = ClusterResultHandler(id: call.id, deadline: call.terms.deadline, peer: peer, system: system)
            await target.run(on: actor, arguments: call.arguments, handler: handler)
        }
    }
}

/// In the primary: a worker's call to an actor elsewhere, made in the worker's stead and answered with how it ended.
private final class RelayedCall: IncomingWork {
    private struct Progress {
        var task: Task<Void, Never>?
        var isCancelled = false
    }

    private let call: IncomingCall
    private let peer: Peer
    private let system: ClusterActorSystem
    private let progress = Lock(Progress())

    init(_ call: IncomingCall, from peer: Peer, by system: ClusterActorSystem) {
        (self.call, self.peer, self.system) = (call, peer, system)
    }

    /// One for all: what a worker says behind its calls must not overtake any of them.
    var lane: UInt64 { .max }

    func start() {
        let (call, peer, system) = (call, peer, system)
        guard let scope = call.scope, peer.mayStart(self, call.id, deadline: call.terms.deadline) else { return }
        guard let target = peer.target(numbered: call.target) else {
            return peer.finish(call.id, with: .failure(Failure(.unknownTarget), id: call.id))
        }
        let task = Task.immediateDetached(executorPreference: peer.loop) {
            let address = ActorID(scope: scope, number: call.actor)
            // Whoever has made it tries again where descriptors are lost: made later from here, it could be overtaken by
            // a later call that goes directly.
            let outcome = await system.carryOnce(address, target, call.arguments.message, call.terms)
            peer.finish(call.id, with: outcome.answer(call.id))
        }
        let isCancelled = progress.withLock { progress in
            progress.task = task
            return progress.isCancelled
        }
        if isCancelled { task.cancel() }
    }

    func cancel() {
        let task = progress.withLock { progress in
            progress.isCancelled = true
            return progress.task
        }
        task?.cancel()
    }
}
