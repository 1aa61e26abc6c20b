public import Distributed
import ProcessIO

/// The actor system of a cluster, in the primary and in each worker: turns calls on actors of other processes into
/// frames and frames into calls.
///
/// Actors declare `typealias ActorSystem = ClusterActorSystem`. It is reached through `Cluster.actorSystem` in the
/// primary and `WorkerContext.actorSystem` in a worker.
public final class ClusterActorSystem: DistributedActorSystem, Sendable {
    /// Names an actor and the scope through which it is called.
    public typealias ActorID = ActorCluster.ActorID
    /// What arguments and results must be.
    public typealias SerializationRequirement = Codable & Sendable
    /// Collects the arguments of a call.
    public typealias InvocationEncoder = ClusterInvocationEncoder
    /// Reads the arguments of a call.
    public typealias InvocationDecoder = ClusterInvocationDecoder
    /// Answers a call.
    public typealias ResultHandler = ClusterResultHandler

    /// This process.
    package let identity: WorkerID
    /// The number of the pool it belongs to, if it is a worker.
    private let poolNumber: UInt32?
    /// Of the primary's `run`: a pool's number is its group's place among them.
    package let groups: [String]
    package let callTimeout: Duration
    package let frameLimit: Int
    let posts: PostOptions
    package let errors: ErrorTypes
    /// What can be called in this process.
    package let targets: TargetTable
    package let local: LocalActors
    package let routes = Routes()
    let watch: ProcessWatch
    /// In the primary.
    let names: NameRegistry?
    /// In the primary.
    package let topics: TopicExchange?
    /// In the primary.
    package let connections: ConnectionExchange?
    /// In the primary.
    package let introducer: Introducer?
    package let streams = OpenStreams()

    package init(
        identity: WorkerID, poolNumber: UInt32? = nil, groups: [String] = [], callTimeout: Duration,
        frameLimit: Int, errors: ErrorTypes, targets: TargetTable, posts: PostOptions = PostOptions(),
        names: NameRegistry? = nil, topics: TopicExchange? = nil, connections: ConnectionExchange? = nil,
        introducer: Introducer? = nil
    ) {
        self.introducer = introducer
        self.posts = posts
        self.names = names
        self.topics = topics
        self.connections = connections
        self.identity = identity
        self.poolNumber = poolNumber
        self.groups = groups
        self.callTimeout = callTimeout
        self.frameLimit = frameLimit
        self.errors = errors
        self.targets = targets
        local = LocalActors(table: targets)
        watch = ProcessWatch(incarnation: identity.incarnation)
    }

    // MARK: Identities

    /// The actor if it lives in this process; otherwise `nil`, and the compiler makes a reference to it. Throws
    /// `CallError.targetMissing` for an actor of this process that is gone or has another type.
    public func resolve<Act: DistributedActor>(id: ActorID, as type: Act.Type) throws -> Act? where Act.ID == ActorID {
        guard isHere(id.scope) else { return nil }
        guard let actor = local.actor(number: id.number) else {
            throw CallError.targetMissing("no actor \(id.number) in \(identity); has it been released?")
        }
        guard let actor = actor as? Act else {
            throw CallError.targetMissing("actor \(id.number) in \(identity) is no \(_typeName(type))")
        }
        return actor
    }

    func isHere(_ scope: ActorID.Scope) -> Bool {
        switch scope {
        case .incarnation(let incarnation): incarnation == identity.incarnation
        case .slot(let pool, let slot): pool == poolNumber && Int(slot) == identity.slot
        case .pool: false
        }
    }

    /// A new address in this process.
    public func assignID<Act: DistributedActor>(_ type: Act.Type) -> ActorID where Act.ID == ActorID {
        let number: UInt64? =
            switch type {
            case is NameService.Type: NameService.number
            case is TopicBoard.Type: TopicBoard.number
            case is ConnectionDesk.Type: ConnectionDesk.number
            case is Receptionist.Type: Receptionist.number
            default: nil
            }
        return ActorID(scope: .incarnation(identity.incarnation), number: number ?? local.assignNumber())
    }

    /// From now on the actor can be called from other processes.
    public func actorReady<Act: DistributedActor>(_ actor: Act) where Act.ID == ActorID {
        local.ready(actor, number: actor.id.number)
    }

    /// The actor is gone.
    public func resignID(_ id: ActorID) {
        guard let belongings = local.remove(number: id.number) else { return }
        for subscription in belongings.subscriptions.values { subscription.end() }
        if belongings.mayHaveNames { resignNames(of: id) }
    }

    /// Actors of this process that others may call.
    package var callableActors: Int { local.count }

    // MARK: Calls to other processes

    /// Calls made by this process that have no outcome yet.
    public var pendingCalls: Int { routes.pendingCalls }

    /// Collects the arguments of one call.
    public func makeInvocationEncoder() -> ClusterInvocationEncoder { ClusterInvocationEncoder(system: self) }

    // Inlined where they are called, for the reason that `ClusterInvocationEncoder` gives.

    /// Makes a call and returns its result. Throws `CallError`, `RemoteError` or `CancellationError`.
    @inlinable
    public nonisolated(nonsending) func remoteCall<
        Act: DistributedActor, Failed: Error, Result: SerializationRequirement
    >(
        on actor: Act, target: RemoteCallTarget, invocation: inout ClusterInvocationEncoder, throwing: Failed.Type,
        returning: Result.Type
    ) async throws -> Result where Act.ID == ActorID {
        try decodeResult(try await call(actor.id, Act.self, target, &invocation, hasResult: true), of: target)
    }

    /// Makes a call that returns nothing. Throws `CallError`, `RemoteError` or `CancellationError`.
    @inlinable
    public nonisolated(nonsending) func remoteCallVoid<Act: DistributedActor, Failed: Error>(
        on actor: Act, target: RemoteCallTarget, invocation: inout ClusterInvocationEncoder, throwing: Failed.Type
    ) async throws where Act.ID == ActorID {
        try expectNothing(try await call(actor.id, Act.self, target, &invocation, hasResult: false), of: target)
    }

    @usableFromInline
    func decodeResult<Result: Decodable>(_ reply: ReceivedMessage, of target: RemoteCallTarget) throws -> Result {
        let reader = borrowReader(reply.descriptors)
        defer { reader.giveBack() }
        do {
            let result = try reply.bytes.withUnsafeBytes { try reader.read(Result.self, from: $0) }
            guard reader.position == reply.bytes.count else { throw ArgumentError(text: "bytes after the result") }
            return result
        } catch {
            let text = (error as? ArgumentError)?.text ?? describe(error)
            throw CallError.malformedMessage(
                "the result of \(Self.name(of: target.identifier)): \(text)", .maybeExecuted)
        }
    }

    @usableFromInline
    func expectNothing(_ reply: ReceivedMessage, of target: RemoteCallTarget) throws {
        guard reply.isEmpty else {
            throw CallError.malformedMessage(
                "the result of \(Self.name(of: target.identifier)): \(reply.bytes.count) bytes for nothing",
                .maybeExecuted)
        }
    }

    func borrowWriter() -> MessageWriter {
        let writer = MessageWriter.borrow()
        writer.actorSystem = self
        (writer.keepsLongArrays, writer.takesDescriptors) = (true, true)
        return writer
    }

    func borrowReader(_ descriptors: DescriptorGroup?) -> MessageReader {
        let reader = MessageReader.borrow()
        (reader.actorSystem, reader.descriptors) = (self, descriptors)
        return reader
    }
}
