public import Distributed
import ProcessIO

/// Collects the arguments of a call. Used by the code that the compiler makes for `distributed func`.
public struct ClusterInvocationEncoder: DistributedTargetInvocationEncoder {
    /// What arguments and results must be.
    public typealias SerializationRequirement = Codable & Sendable

    // What the compiler's own code calls here has no conformances passed to it and looks them up at each call, unless
    // it is compiled for the types that it is called with. So these functions can be inlined, and call others to do
    // the work.
    private let system: ClusterActorSystem
    private var writer: MessageWriter?
    /// What the method's generic parameters stand for. A method of a protocol has one: the actor's own type.
    private(set) var substitutions: [any Any.Type] = []

    init(system: ClusterActorSystem) { self.system = system }

    /// Notes what the method is generic over; only a protocol's own `Self` may be.
    public mutating func recordGenericSubstitution<T>(_ type: T.Type) throws { substitutions.append(type) }

    /// Encodes an argument. Throws `CallError.notEncodable`.
    @inlinable
    public mutating func recordArgument<Value: Codable & Sendable>(_ argument: RemoteCallArgument<Value>) throws {
        if let error = encode(argument.value) { throw refusal(of: argument.effectiveLabel, error) }
    }

    @usableFromInline
    mutating func encode(_ value: some Encodable) -> (any Error)? {
        let writer = self.writer.take() ?? system.borrowWriter()
        do {
            try writer.write(value)
            self.writer = writer
            return nil
        } catch {
            writer.giveBack()
            return error
        }
    }

    @usableFromInline
    func refusal(of label: String, _ error: any Error) -> CallError {
        .notEncodable("argument \(label): \(describe(error))", .notSent)
    }

    /// Not needed: the result's type is known where it is decoded.
    @inlinable
    public mutating func recordReturnType<R: Codable & Sendable>(_ type: R.Type) throws {}
    /// Not needed: errors arrive with their own type's name.
    @inlinable
    public mutating func recordErrorType<E: Error>(_ type: E.Type) throws {}
    /// Nothing to do; the bytes are taken when the call is made.
    @inlinable
    public mutating func doneRecording() throws {}

    /// The encoded arguments; the encoder is empty afterwards.
    mutating func takeArguments() -> EncodedMessage {
        guard let writer = writer.take() else { return .whole([]) }
        defer { writer.giveBack() }
        return writer.message
    }
}

/// An argument that the caller sent does not decode here. Not an error of the method, which has not run.
struct ArgumentError: Error {
    let text: String
}

/// Reads the arguments of a call. Used by the runtime.
public struct ClusterInvocationDecoder: DistributedTargetInvocationDecoder {
    /// What arguments and results must be.
    public typealias SerializationRequirement = Codable & Sendable

    private let arguments: ReceivedMessage
    private let count: Int
    private let substitutions: [any Any.Type]
    private let system: ClusterActorSystem
    private var reader: MessageReader?
    private var index = 0

    init(_ arguments: ReceivedMessage, count: Int, substitutions: [any Any.Type], system: ClusterActorSystem) {
        self.arguments = arguments
        self.count = count
        self.substitutions = substitutions
        self.system = system
    }

    /// The actor's own type for a method of a protocol, nothing otherwise. Types never come from the peer.
    public mutating func decodeGenericSubstitutions() throws -> [any Any.Type] { substitutions }

    /// The next argument, in the order of the declaration. Throws when the bytes hold something else.
    public mutating func decodeNextArgument<Argument: Codable & Sendable>() throws -> Argument {
        let reader = self.reader.take() ?? system.borrowReader(arguments.descriptors)
        index += 1
        do {
            let value = try arguments.bytes.withUnsafeBytes { try reader.read(Argument.self, from: $0) }
            if index < count {
                self.reader = reader
                return value
            }
            guard reader.position == arguments.bytes.count else {
                throw ArgumentError(text: "\(arguments.bytes.count - reader.position) bytes after the last argument")
            }
            reader.giveBack()
            return value
        } catch {
            reader.giveBack()
            throw error as? ArgumentError ?? ArgumentError(text: "argument \(index): \(describe(error))")
        }
    }

    /// Not sent.
    public mutating func decodeErrorType() throws -> (any Any.Type)? { nil }
    /// Not sent.
    public mutating func decodeReturnType() throws -> (any Any.Type)? { nil }
}

/// Answers a call with what its method returned or threw. Used by the runtime.
public struct ClusterResultHandler: DistributedTargetInvocationResultHandler, Sendable {
    /// What arguments and results must be.
    public typealias SerializationRequirement = Codable & Sendable

    let id: CallID
    let deadline: Instant
    let peer: Peer
    let system: ClusterActorSystem

    /// Sends the result; a result that does not encode, or is too long, is the caller's error.
    public func onReturn<Success: Codable & Sendable>(value: Success) async throws { send(answer(value)) }

    /// Sends that the method has returned.
    public func onReturnVoid() async throws { returnedNothing() }

    /// Sends the error's type and text.
    public func onThrow<Failed: Error>(error: Failed) async throws { methodThrew(error) }

    /// A result is encoded before anything is sent, so the call has one answer whatever its encoding does.
    func answer<Success: Codable & Sendable>(_ value: Success) -> Answer {
        let writer = system.borrowWriter()
        do {
            try writer.write(value)
            return .result(writer)
        } catch {
            writer.giveBack()
            return .failure(Failure(.notEncodable, text: "result: \(describe(error))"))
        }
    }

    /// To be sent, once.
    enum Answer {
        /// What it has written; to be given back.
        case result(MessageWriter)
        case failure(Failure)
    }

    func returnedNothing() { peer.finish(id, with: .reply(id: id, body: [])) }

    func methodThrew(_ error: any Error) {
        if let error = error as? ArgumentError {
            fail(Failure(.malformedMessage, text: error.text))
        } else if case CallError.timeout? = error as? CallError, MonotonicClock.now >= deadline {
            // A nested call ran out of the caller's own time; to the caller that is its own limit.
            fail(Failure(.timeout, worker: system.identity, delivery: .maybeExecuted))
        } else {
            let failure = Failure(thrown: error, listed: system.errors)
            // Fields that make the answer too long are left out; type and text always fit.
            let isTooLong = OutgoingFrame.failure(failure, id: id).size > system.frameLimit
            fail(isTooLong ? Failure(thrown: error) : failure)
        }
    }

    func fail(_ failure: Failure) { peer.finish(id, with: .failure(failure, id: id)) }

    /// A result that is too long is the caller's error.
    func send(_ answer: Answer) {
        switch answer {
        case .failure(let failure): fail(failure)
        case .result(let writer):
            defer { writer.giveBack() }
            let size = OutgoingFrame.replySize(writer.messageSize)
            if size > system.frameLimit {
                fail(Failure(.tooLarge, bytes: size, limit: system.frameLimit))
            } else if size > FrameLayout.sliceSize || !writer.descriptors.isEmpty {
                peer.finish(id, with: .reply(id: id, message: writer.message))
            } else {
                peer.finish(id, reply: writer.bytes)
            }
        }
    }
}

extension ClusterActorSystem {
    /// Answers a call with what its method returned. Used by the runtime.
    public nonisolated(nonsending) func invokeHandlerOnReturn(
        handler: ClusterResultHandler, resultBuffer: UnsafeRawPointer, metatype: any Any.Type
    ) async throws {
        guard let type = metatype as? any (Codable & Sendable).Type else {
            return handler.fail(Failure(.notEncodable, text: "result: \(metatype) is not Codable & Sendable"))
        }
        func send<Result: Codable & Sendable>(_: Result.Type) {
            handler.send(handler.answer(resultBuffer.assumingMemoryBound(to: Result.self).pointee))
        }
        send(type)
    }
}
