import Distributed

#if canImport(Glibc)
import Glibc
#endif

// Everything that depends on how the runtime runs a method is in this file. There are two ways: the public
// `executeDistributedTarget`, which looks up the method's types by its name at each call, and the runtime's own entry,
// which takes types that were looked up once. The second is not a public interface, so it is compiled only by the
// compilers, and for the machines, on which it has been proved, and not with `-Xswiftc -DOFFICIAL_EXECUTION`.
// Neither way checks that the target belongs to the actor: a call gets here with a target from the actor's own table.

extension TargetEntry {
    /// Runs the method and answers the call, once.
    @inline(__always)
    func run(on actor: any DistributedActor, arguments: ReceivedMessage, handler: ClusterResultHandler) async {
        guard target.argumentCount > 0 || arguments.isEmpty else {
            return handler.fail(Failure(.malformedMessage, text: "\(arguments.bytes.count) bytes for no argument"))
        }
        #if !OFFICIAL_EXECUTION && compiler(>=6.3) && compiler(<6.4) && os(Linux) && arch(x86_64)
        guard let code else { return await runOfficially(on: actor, arguments, handler) }
        await code.run(on: actor, arguments: arguments, handler: handler)
        #else
        await runOfficially(on: actor, arguments, handler)
        #endif
    }

    private func runOfficially(
        on actor: some DistributedActor, _ arguments: ReceivedMessage, _ handler: ClusterResultHandler
    ) async {
        var decoder = ClusterInvocationDecoder(
            arguments, count: target.argumentCount, substitutions: target.isProtocolRequirement ? [actorType] : [],
            system: handler.system)
        do {
            try await handler.system.executeDistributedTarget(
                on: actor, target: RemoteCallTarget(target.name), invocationDecoder: &decoder, handler: handler)
        } catch {
            // The runtime refused before the method ran.
            handler.fail(Failure(.unknownTarget, text: "\(error)"))
        }
    }
}

#if !OFFICIAL_EXECUTION && compiler(>=6.3) && compiler(<6.4) && os(Linux) && arch(x86_64)

// Without `@concurrent` a module that is built with `NonisolatedNonsendingByDefault` would pass one argument more.
// The decoder must be the one that the actor's module was compiled for: its accessor reads it without asking.
@concurrent
@_silgen_name("swift_distributed_execute_target")
private func executeTarget<Decoder: DistributedTargetInvocationDecoder>(
    on actor: AnyObject, _ name: UnsafeRawPointer, _ nameLength: UInt, argumentDecoder: inout Decoder,
    argumentTypes: UnsafeRawPointer, resultBuffer: UnsafeMutableRawPointer, substitutions: UnsafeRawPointer?,
    witnessTables: UnsafeRawPointer?, witnessTableCount: UInt
) async throws

@_silgen_name("swift_func_getParameterTypeInfo")
private func getParameterTypes(
    _ name: UnsafeRawPointer, _ nameLength: UInt, _ environment: UnsafeRawPointer?, _ arguments: UnsafeRawPointer?,
    _ types: UnsafeMutableRawPointer, _ count: Int
) -> Int32

@_silgen_name("swift_distributed_getWitnessTables")
private func getWitnessTables(
    _ environment: UnsafeRawPointer, _ arguments: UnsafeRawPointer
) -> (UnsafeMutableRawPointer?, Int)

/// A method as the runtime's entry takes it.
///
/// Unchecked: nothing changes after `init`, and the memory behind the pointers is this object's own or the image's.
final class TargetCode: @unchecked Sendable {
    /// Moves the result out of its buffer. It is released before its answer is sent: an actor that the caller lets go
    /// of next must not be held by it.
    private typealias Answer = @Sendable (UnsafeMutableRawPointer, ClusterResultHandler) -> ClusterResultHandler.Answer
    /// Room for most results: part of the task's own memory, where a buffer of any size would be allocated at each
    /// call.
    private typealias Room = (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)

    private let name: UnsafeRawPointer
    private let nameLength: UInt
    private let argumentCount: Int
    private let argumentTypes: UnsafeMutablePointer<any Any.Type>
    /// For a method of a protocol: the actor's own type.
    private let substitution: UnsafeMutablePointer<any Any.Type>?
    private let witnessTables: UnsafeMutableRawPointer?
    private let witnessTableCount: UInt
    private let resultSize: Int
    private let resultAlignment: Int
    private let answer: Answer

    /// Nil: the runtime finds no types for it.
    init?(_ target: Target, of type: any Any.Type) {
        guard let name = UnsafeRawPointer(bitPattern: target.nameAddress) else { return nil }
        self.name = name
        nameLength = UInt(target.name.utf8.count)
        argumentCount = target.argumentCount
        argumentTypes = .allocate(capacity: max(argumentCount, 1))
        var environment: UnsafeRawPointer?
        if target.isProtocolRequirement, let address = target.environment?.address {
            environment = UnsafeRawPointer(bitPattern: address)
        }
        if let environment {
            let substitution = UnsafeMutablePointer<any Any.Type>.allocate(capacity: 1)
            substitution.initialize(to: type)
            let (tables, count) = getWitnessTables(environment, substitution)
            self.substitution = substitution
            witnessTables = tables
            witnessTableCount = UInt(max(count, 0))
            if count < 0 { return nil }
        } else {
            (substitution, witnessTables, witnessTableCount) = (nil, nil, 0)
        }
        let count = getParameterTypes(name, nameLength, environment, substitution, argumentTypes, argumentCount)
        let bytes = name.assumingMemoryBound(to: UInt8.self)
        guard count == argumentCount, let result = __getReturnTypeInfo(bytes, nameLength, environment, substitution)
        else { return nil }
        (resultSize, resultAlignment) = Self.layout(result)
        if result == Void.self {
            answer = { _, handler in .result(handler.system.borrowWriter()) }
        } else {
            guard let type = result as? any (Codable & Sendable).Type else { return nil }
            answer = Self.makeAnswer(type)
        }
    }

    deinit {
        argumentTypes.deallocate()
        substitution?.deallocate()
        free(witnessTables)
    }

    private static func layout<Result>(_: Result.Type) -> (Int, Int) {
        (MemoryLayout<Result>.size, MemoryLayout<Result>.alignment)
    }

    private static func makeAnswer<Result: Codable & Sendable>(_: Result.Type) -> Answer {
        { buffer, handler in handler.answer(buffer.bindMemory(to: Result.self, capacity: 1).move()) }
    }

    @inline(__always)
    func run(on actor: any DistributedActor, arguments: ReceivedMessage, handler: ClusterResultHandler) async {
        var decoder = ClusterInvocationDecoder(
            arguments, count: argumentCount, substitutions: [], system: handler.system)
        // A method that throws has left nothing in the buffer.
        do {
            if resultSize <= MemoryLayout<Room>.size, resultAlignment <= MemoryLayout<Room>.alignment {
                var room: Room = (0, 0, 0, 0, 0, 0, 0, 0)
                try await execute(on: actor, &decoder, into: &room)
                handler.send(withUnsafeMutablePointer(to: &room) { answer($0, handler) })
            } else {
                let buffer = UnsafeMutableRawPointer.allocate(byteCount: resultSize, alignment: resultAlignment)
                defer { buffer.deallocate() }
                try await execute(on: actor, &decoder, into: buffer)
                handler.send(answer(buffer, handler))
            }
        } catch {
            handler.methodThrew(error)
        }
    }

    @inline(__always)
    private func execute(
        on actor: any DistributedActor, _ decoder: inout ClusterInvocationDecoder, into buffer: UnsafeMutableRawPointer
    ) async throws {
        try await executeTarget(
            on: actor, name, nameLength, argumentDecoder: &decoder, argumentTypes: argumentTypes, resultBuffer: buffer,
            substitutions: substitution, witnessTables: witnessTables, witnessTableCount: witnessTableCount)
    }
}

#else

/// Nothing: the official way looks everything up at each call.
final class TargetCode: Sendable {
    init?(_ target: Target, of type: any Any.Type) { nil }
}

#endif
