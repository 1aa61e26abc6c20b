import Distributed

/// The least that a distributed actor needs to be compiled: no call ever goes anywhere.
///
/// The optimizer must not see that a remote call always throws: it would reduce a thunk to its local half, make a
/// specialised copy of that, and leave out the record of the method.
struct SilentActorSystem: DistributedActorSystem {
    typealias SerializationRequirement = Codable & Sendable

    struct ActorID: Hashable, Codable, Sendable { var number = 0 }
    struct NotConnected: DistributedActorSystemError {}

    struct InvocationEncoder: DistributedTargetInvocationEncoder {
        typealias SerializationRequirement = Codable & Sendable
        mutating func recordGenericSubstitution<T>(_ type: T.Type) throws {}
        mutating func recordArgument<Value: SerializationRequirement>(_ argument: RemoteCallArgument<Value>) throws {}
        mutating func recordReturnType<R: SerializationRequirement>(_ type: R.Type) throws {}
        mutating func recordErrorType<E: Error>(_ type: E.Type) throws {}
        mutating func doneRecording() throws {}
    }

    struct InvocationDecoder: DistributedTargetInvocationDecoder {
        typealias SerializationRequirement = Codable & Sendable
        mutating func decodeGenericSubstitutions() throws -> [any Any.Type] { [] }
        mutating func decodeNextArgument<Argument: SerializationRequirement>() throws -> Argument {
            throw NotConnected()
        }
        mutating func decodeErrorType() throws -> (any Any.Type)? { nil }
        mutating func decodeReturnType() throws -> (any Any.Type)? { nil }
    }

    struct ResultHandler: DistributedTargetInvocationResultHandler {
        typealias SerializationRequirement = Codable & Sendable
        func onReturn<Success: SerializationRequirement>(value: Success) async throws {}
        func onReturnVoid() async throws {}
        func onThrow<Failure: Error>(error: Failure) async throws {}
    }

    func resolve<Act: DistributedActor>(id: ActorID, as actorType: Act.Type) throws -> Act? where Act.ID == ActorID {
        nil
    }
    func assignID<Act: DistributedActor>(_ actorType: Act.Type) -> ActorID where Act.ID == ActorID { ActorID() }
    func actorReady<Act: DistributedActor>(_ actor: Act) where Act.ID == ActorID {}
    func resignID(_ id: ActorID) {}
    func makeInvocationEncoder() -> InvocationEncoder { InvocationEncoder() }

    @inline(never)
    func remoteCall<Act: DistributedActor, Failure: Error, Success: SerializationRequirement>(
        on actor: Act, target: RemoteCallTarget, invocation: inout InvocationEncoder, throwing: Failure.Type,
        returning: Success.Type
    ) async throws -> Success where Act.ID == ActorID { throw NotConnected() }

    @inline(never)
    func remoteCallVoid<Act: DistributedActor, Failure: Error>(
        on actor: Act, target: RemoteCallTarget, invocation: inout InvocationEncoder, throwing: Failure.Type
    ) async throws where Act.ID == ActorID { throw NotConnected() }
}
