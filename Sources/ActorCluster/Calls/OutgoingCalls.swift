public import Distributed
import ProcessIO

extension ClusterActorSystem {
    /// One call from its encoded arguments to its encoded result, or the error that tells how it ended.
    @usableFromInline
    nonisolated(nonsending) func call(
        _ id: ActorID, _ type: any Any.Type, _ target: RemoteCallTarget, _ invocation: inout ClusterInvocationEncoder
    ) async throws -> ArraySlice<UInt8> {
        let arguments = invocation.takeArguments()
        let name = target.identifier
        try check(name, arguments.count, invocation.substitutions, type)
        try Task.checkCancellation()
        let scope = CallScope.current
        let (limit, deadline) = scope.bound(standard: callTimeout, now: MonotonicClock.now)
        let called = CalledTarget(name: name, number: targets.number(ofCalled: name))
        let outcome = await carry(id, called, arguments, deadline: deadline, isNested: scope.isInsideCall)
        return try result(outcome, of: name, limit: limit)
    }

    /// Throws what is wrong with a call before it goes anywhere.
    private func check(
        _ name: String, _ argumentBytes: Int, _ substitutions: [any Any.Type], _ type: any Any.Type
    ) throws(CallError) {
        guard substitutions.isEmpty || substitutions.count == 1 && substitutions[0] == type else {
            throw .unsupportedCall(Self.genericMethod(Self.name(of: name)))
        }
        guard name.utf8.count <= Limits.targetName else {
            throw .unsupportedCall(
                "a method's mangled name is above \(Limits.targetName) bytes: give it and its types shorter names")
        }
        let size = OutgoingFrame.longestCallSize(argumentBytes)
        guard size <= frameLimit else { throw .tooLarge(bytes: size, limit: frameLimit, .notSent) }
    }

    /// Finds a worker, waits for one if it must, and moves to another one as long as it is certain that the method
    /// has not run. A nested call is one that was made inside a call: a worker that drains takes it while it has
    /// calls left.
    @inline(__always)
    nonisolated(nonsending) func carry(
        _ id: ActorID, _ target: CalledTarget, _ arguments: EncodedMessage, deadline: Instant, isNested: Bool
    ) async -> CallOutcome {
        var last: Peer?
        var takesDraining = isNested
        while true {
            switch routes.find(id.scope, orDraining: takesDraining) {
            case .peer(let peer):
                let outcome: CallOutcome
                do throws(Failure) {
                    let request = try peer.request(target, on: id.number, arguments, isNested: isNested)
                    outcome = await peer.call(request, deadline: deadline)
                } catch {
                    outcome = .failure(error)
                }
                if case .reply = outcome { return outcome }
                guard outcome.mayGoElsewhere, peer !== last, !id.scope.isOneProcess else {
                    return outcome.seen(at: peer.worker)
                }
                (last, takesDraining) = (peer, false)
            case .relay(let primary):
                guard let number = target.number else { return .failure(Failure(.unknownTarget)) }
                let word = TargetWord(number: number, isNested: isNested).word
                let request = CallRequest.routed(id, target: word, arguments: arguments)
                return await primary.call(request, deadline: deadline).relayed
            case .wait(let pool, let slot):
                if let outcome = await pool.wait(slot: slot, deadline: deadline).outcome(of: pool.group) {
                    return outcome
                }
            case .gone(let group): return .noWorker(group: group)
            case .stopped: return .failure(Failure(.shuttingDown))
            case .nowhere: return .noProcess(id)
            }
        }
    }

    /// The bytes of the result, or the error.
    func result(_ outcome: CallOutcome, of target: String, limit: Duration?) throws -> ArraySlice<UInt8> {
        let name = { Self.name(of: target) }
        switch outcome {
        case .reply(let bytes): return bytes
        case .failure(let failure): throw error(failure, target, limit: limit)
        case .timeout(let worker, let delivery):
            throw CallError.timeout(after: limit ?? .zero, target: name(), worker, delivery)
        case .cancelled: throw CancellationError()
        case .died(let worker, let status, let delivery): throw CallError.workerDied(worker, status, delivery)
        case .overloaded(let group, let waiting):
            throw CallError.overloaded(group: group, queued: waiting, limit: Limits.callsWaiting)
        case .noWorker(let group): throw CallError.noWorkerAvailable(group: group)
        case .noProcess(let id): throw CallError.targetMissing("there is no process \(id) (any more)")
        }
    }

    private func error(_ failure: Failure, _ target: String, limit: Duration?) -> any Error {
        let name = { Self.name(of: target) }
        let worker = failure.worker ?? .primary
        switch failure.reason {
        case .thrown:
            return errors.decode(failure) ?? RemoteError(typeName: failure.typeName, message: failure.text)
        case .cancelled: return CancellationError()
        case .unknownTarget:
            return targets.number(of: target) != nil
                ? CallError.unknownTarget(name(), worker) : CallError.unsupportedCall(Self.unlistedMethod(name()))
        case .targetMissing: return CallError.targetMissing("\(worker) has no such actor (any more) to run \(name())")
        case .malformedMessage: return CallError.malformedMessage("\(name()): \(failure.text)", .notSent)
        case .notEncodable: return CallError.notEncodable("\(name()): \(failure.text)", .maybeExecuted)
        case .tooLarge: return CallError.tooLarge(bytes: failure.bytes, limit: failure.limit, .maybeExecuted)
        case .shuttingDown: return CallError.shuttingDown
        case .unsupported: return CallError.unsupportedCall(failure.text)
        case .timeout:
            return CallError.timeout(
                after: limit ?? .zero, target: name(), failure.worker, failure.delivery ?? .maybeExecuted)
        case .workerDied:
            return CallError.workerDied(worker, failure.status ?? .unknown, failure.delivery ?? .maybeExecuted)
        case .overloaded:
            return CallError.overloaded(group: failure.text, queued: failure.bytes, limit: failure.limit)
        case .noWorker: return CallError.noWorkerAvailable(group: failure.text)
        }
    }

    /// A method that this very program calls is in its own records, unless the compiler left it out.
    private static func unlistedMethod(_ name: String) -> String {
        "the compiler has made no record of \(name), so no process can run it: a distributed method in an extension of a "
            + "@Resolvable protocol has to be declared in the protocol itself"
    }

    static func genericMethod(_ name: String) -> String {
        "\(name) is generic, or its actor is, and types do not travel to other processes: "
            + "declare a method, or an actor, for each type you need"
    }

    /// A target as a person would write it. Only for names from this program's own calls.
    static func name(of target: String) -> String { RemoteCallTarget(target).description }
}

extension CallOutcome {
    /// The method has not run and will not: another worker may be asked.
    fileprivate var mayGoElsewhere: Bool {
        switch self {
        case .died(_, _, .notSent): true
        case .failure(let failure): failure.reason == .shuttingDown
        default: false
        }
    }

    /// A failure tells which worker it comes from, unless it comes from farther away.
    fileprivate func seen(at worker: WorkerID) -> CallOutcome {
        guard case .failure(var failure) = self, failure.worker == nil else { return self }
        failure.worker = worker
        return .failure(failure)
    }

    /// Of a call that the primary passes on: it is not the primary that did not answer.
    fileprivate var relayed: CallOutcome {
        if case .timeout(_, let delivery) = self { .timeout(nil, delivery) } else { self }
    }

    /// How a call that this process passed on is answered.
    func answer(_ id: CallID) -> OutgoingFrame {
        switch self {
        case .reply(let bytes): .reply(id: id, body: [UInt8](bytes))
        case .failure(let failure): .failure(failure, id: id)
        case .cancelled: .failure(Failure(.cancelled), id: id)
        case .timeout(let worker, let delivery):
            .failure(Failure(.timeout, worker: worker, delivery: delivery), id: id)
        case .died(let worker, let status, let delivery):
            .failure(Failure(.workerDied, worker: worker, status: status, delivery: delivery), id: id)
        case .overloaded(let group, let waiting):
            .failure(Failure(.overloaded, text: group, bytes: waiting, limit: Limits.callsWaiting), id: id)
        case .noWorker(let group): .failure(Failure(.noWorker, text: group), id: id)
        case .noProcess(let address): .failure(Failure(.targetMissing, text: "\(address)"), id: id)
        }
    }
}

extension PoolRoutes.WaitOutcome {
    /// `nil`: there may be a worker now.
    fileprivate func outcome(of group: String) -> CallOutcome? {
        switch self {
        case .ready: nil
        case .timeout: .timeout(nil, .notSent)
        case .cancelled: .cancelled
        case .overloaded(let waiting): .overloaded(group, waiting: waiting)
        case .gone: .noWorker(group: group)
        case .stopped: .failure(Failure(.shuttingDown))
        }
    }
}

extension ActorID.Scope {
    fileprivate var isOneProcess: Bool {
        if case .incarnation = self { true } else { false }
    }
}
