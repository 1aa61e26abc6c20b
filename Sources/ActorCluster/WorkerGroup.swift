public import Distributed

/// Declares a kind of worker: a name, and how a process of this kind makes its root actor.
///
/// The same declaration is used in the primary, which starts a pool of it, and in each worker, which runs the factory.
public struct WorkerGroup<Root: DistributedActor>: AnyWorkerGroup where Root.ActorSystem == ClusterActorSystem {
    /// Not empty, at most 255 bytes, without `/` and `#`; unique among the groups of one `Cluster.run`.
    public let name: String
    /// `nil`: another program does.
    private let makeRootActor: (@Sendable (WorkerContext) async throws -> Root)?

    /// `root` runs once in each worker process, before it takes calls. What it throws is what `Cluster.start` throws,
    /// as `ClusterError.failedToInitialize`; it has `WorkerTimeouts.ready` (30 s) in all.
    public init(_ name: String, root: @escaping @Sendable (WorkerContext) async throws -> Root) {
        self.name = name
        makeRootActor = root
    }
}

extension WorkerGroup where Root: _DistributedActorStub {
    /// A group whose workers run another program: `WorkerGroup<$Greeter>("greeters")`.
    ///
    /// Both programs share a `@Resolvable` protocol, here `Greeter`, and `$Greeter` is what the macro makes of it:
    /// references through which its methods are called. The primary knows nothing else of the actor. The other
    /// program, which `PoolOptions.process.executable` names, has a group of the same name whose factory returns an
    /// actor that conforms.
    public init(_ name: String) {
        self.name = name
        makeRootActor = nil
    }
}

/// A worker group of any root actor type. Only `WorkerGroup` conforms.
public protocol AnyWorkerGroup: Sendable {
    /// The group's name.
    var name: String { get }
}

/// What a worker process needs of its group.
protocol RootActorFactory: AnyWorkerGroup {
    /// False: another program does.
    var makesRoot: Bool { get }
    func makeRoot(_ context: WorkerContext) async throws -> any DistributedActor
}

extension WorkerGroup: RootActorFactory {
    var makesRoot: Bool { makeRootActor != nil }

    func makeRoot(_ context: WorkerContext) async throws -> any DistributedActor {
        guard let makeRootActor else { throw ClusterError.groupNotListed(name) }
        return try await makeRootActor(context)
    }
}
