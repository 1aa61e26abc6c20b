public import Distributed
import ProcessIO

extension ClusterActorSystem {
    /// One call from its encoded arguments to its encoded result, or the error that tells how it ended.
    @usableFromInline
    nonisolated(nonsending) func call(
        _ id: ActorID, _ type: any Any.Type, _ target: RemoteCallTarget, _ invocation: inout ClusterInvocationEncoder,
        hasResult: Bool
    ) async throws -> ReceivedMessage {
        let arguments = invocation.takeArguments()
        let name = target.identifier
        try check(name, arguments.count, invocation.substitutions, type)
        try Task.checkCancellation()
        let scope = CallScope.current
        let limit = scope.bound(standard: callTimeout, now: MonotonicClock.now)
        let called = CalledTarget(name: name, number: targets.number(ofCalled: name))
        let terms = CallTerms(deadline: limit.deadline, isNested: scope.isInsideCall, priority: scope.priority)
        let outcome: CallOutcome
        if let whenFull = scope.posting {
            guard !hasResult else { throw CallError.unsupportedCall(Self.postWithResult(Self.name(of: name))) }
            outcome = await post(id, called, arguments, terms, whenFull)
        } else {
            outcome = await carry(id, called, arguments, terms)
        }
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

    /// Finds a worker, waits for a place at one if it must, and moves to another one as long as it is certain that the
    /// method has not run, or once if it may run twice. A nested call is one that was made inside a call: a worker
    /// that drains takes it while it has calls left.
    @inline(__always)
    private nonisolated(nonsending) func carry(
        _ id: ActorID, _ target: CalledTarget, _ arguments: EncodedMessage, _ terms: CallTerms
    ) async -> CallOutcome {
        let outcome = await carryOnce(id, target, arguments, terms)
        if case .failure(let failure) = outcome, failure.hasLostDescriptors {
            return await carryAgain(id, target, arguments, terms, after: failure)
        }
        return outcome
    }

    /// A process had no place for the descriptors that came with the call: it is made again, after pauses, until it
    /// can have them or the call's time is over. `nil`: it has not been made yet, and need not be as fast as by `carry`.
    nonisolated(nonsending) func carryAgain(
        _ id: ActorID, _ target: CalledTarget, _ arguments: EncodedMessage, _ terms: CallTerms, after failure: Failure?
    ) async -> CallOutcome {
        var failure = failure
        var pause = Limits.descriptorRetries.lowerBound
        while true {
            if let failure {
                guard MonotonicClock.now + pause < terms.deadline else { return .timeout(failure.worker, .notSent) }
                guard (try? await Task.sleep(for: pause)) != nil else { return .cancelled }
                pause = min(pause * 2, Limits.descriptorRetries.upperBound)
            }
            let outcome = await carryOnce(id, target, arguments, terms)
            guard case .failure(let again) = outcome, again.hasLostDescriptors else { return outcome }
            failure = again
        }
    }

    /// The same without trying again for the sake of descriptors.
    @inline(__always)
    nonisolated(nonsending) func carryOnce(
        _ id: ActorID, _ target: CalledTarget, _ arguments: EncodedMessage, _ terms: CallTerms
    ) async -> CallOutcome {
        var journey = Journey(id.scope, isNested: terms.isNested)
        while true {
            let (there, pool): (Peer, PoolRoutes?)
            switch routes.find(id.scope, actor: id.number, orDraining: journey.takesDraining) {
            case .place(let peer, let owner): (there, pool) = (peer, owner)
            case .peer(let peer): (there, pool) = (peer, nil)
            case .relay(let primary):
                let outcome = await relay(id, target, arguments, terms, by: primary)
                if case .rerouted = outcome { continue }
                return outcome
            case .gone(let group): return .noWorker(group: group)
            case .stopped: return .failure(Failure(.shuttingDown))
            case .nowhere: return .noProcess(id)
            case .wait(let pool, let wish):
                journey.begins(in: pool)
                let call = QueuedCall(to: id.number, target, arguments, terms)
                let outcome = await pool.make(call, wish)
                guard let peer = call.peer else { return outcome }
                if case .reply = outcome { return outcome }
                guard journey.goesOn(after: outcome, at: peer, in: pool) else { return outcome.seen(at: peer.worker) }
                continue
            }
            journey.begins(in: pool)
            let outcome: CallOutcome
            do throws(Failure) {
                let request = try there.request(target, on: id.number, arguments, terms)
                outcome = await there.call(request, deadline: terms.deadline, holdsPlace: pool != nil)
            } catch {
                if pool != nil { there.leavePlace() }
                outcome = .failure(error)
            }
            if case .reply = outcome { return outcome }
            if case .rerouted = outcome { continue }
            guard journey.goesOn(after: outcome, at: there, in: pool) else { return outcome.seen(at: there.worker) }
        }
    }

    /// In a worker: has the primary make the call.
    private nonisolated(nonsending) func relay(
        _ id: ActorID, _ target: CalledTarget, _ arguments: EncodedMessage, _ terms: CallTerms, by primary: Peer
    ) async -> CallOutcome {
        guard let number = target.number else { return .failure(Failure(.unknownTarget)) }
        let word = TargetWord(number: number, isNested: terms.isNested, priority: terms.priority).word
        let request = CallRequest.routed(id, target: word, arguments: arguments)
        return await primary.call(request, deadline: terms.deadline).relayed
    }

    /// The bytes of the result, or the error.
    func result(_ outcome: consuming CallOutcome, of target: String, limit: CallLimit) throws -> ReceivedMessage {
        let name = { Self.name(of: target) }
        switch outcome {
        case .reply(let message): return message
        case .failure(let failure): throw error(failure, target, limit: limit)
        case .timeout(let worker, let delivery):
            throw CallError.timeout(after: limit.duration ?? .zero, target: name(), worker, delivery)
        case .cancelled: throw CancellationError()
        case .died(let worker, let status, let delivery): throw CallError.workerDied(worker, status, delivery)
        case .overloaded(let group, let waiting, let limit):
            throw CallError.overloaded(group: group, queued: waiting, limit: limit)
        case .noWorker(let group): throw CallError.noWorkerAvailable(group: group)
        case .noProcess(let id): throw CallError.targetMissing(id.absence)
        case .rerouted: preconditionFailure(Self.madeNowhere)
        }
    }

    private func error(_ failure: Failure, _ target: String, limit: CallLimit) -> any Error {
        let name = { Self.name(of: target) }
        let worker = failure.worker ?? .primary
        switch failure.reason {
        case .thrown:
            return errors.decode(failure) ?? RemoteError(typeName: failure.typeName, message: failure.text)
        case .cancelled: return CancellationError()
        case .unknownTarget:
            return targets.number(of: target) != nil
                ? CallError.unknownTarget(name(), worker) : CallError.unsupportedCall(Self.unlistedMethod(name()))
        case .targetMissing:
            return CallError.targetMissing(
                failure.text.isEmpty ? "\(worker) has no such actor (any more) to run \(name())" : failure.text)
        case .malformedMessage: return CallError.malformedMessage("\(name()): \(failure.text)", .notSent)
        case .notEncodable: return CallError.notEncodable("\(name()): \(failure.text)", .maybeExecuted)
        case .tooLarge: return CallError.tooLarge(bytes: failure.bytes, limit: failure.limit, .maybeExecuted)
        case .shuttingDown: return CallError.shuttingDown
        case .unsupported: return CallError.unsupportedCall(failure.text)
        case .timeout:
            return CallError.timeout(
                after: limit.duration ?? .zero, target: name(), failure.worker, failure.delivery ?? .maybeExecuted)
        case .workerDied:
            return CallError.workerDied(worker, failure.status ?? .unknown, failure.delivery ?? .maybeExecuted)
        case .overloaded:
            return CallError.overloaded(group: failure.text, queued: failure.bytes, limit: failure.limit)
        case .noWorker: return CallError.noWorkerAvailable(group: failure.text)
        case .descriptorsLost: return CallError.malformedMessage(Self.lostResult(name()), .maybeExecuted)
        }
    }

    /// A method that this very program calls is in its own records, unless the compiler left it out.
    private static func unlistedMethod(_ name: String) -> String {
        "the compiler has made no record of \(name), so no process can run it: a distributed method in an extension of a "
            + "@Resolvable protocol has to be declared in the protocol itself"
    }

    static let madeNowhere = "a call that is to go another way has no outcome yet"

    private static func lostResult(_ name: String) -> String {
        "the result of \(name) has descriptors, and a process on its way has as many as it may (RLIMIT_NOFILE)"
    }

    private static func postWithResult(_ name: String) -> String {
        "\(name) returns a value, which a one-way call does not wait for: call it outside of `post`"
    }

    static func genericMethod(_ name: String) -> String {
        "\(name) is generic, or its actor is, and types do not travel to other processes: "
            + "declare a method, or an actor, for each type you need"
    }

    /// A target as a person would write it. Only for names from this program's own calls.
    static func name(of target: String) -> String { RemoteCallTarget(target).description }
}

/// How far a call has come that may be made at one worker after another.
private struct Journey {
    /// A worker that drains takes the call if it belongs to one that runs there.
    private(set) var takesDraining: Bool
    private let isOneProcess: Bool
    private var mayRepeat = false
    private var hasBegun = false
    private var last: Peer?

    init(_ scope: ActorID.Scope, isNested: Bool) {
        takesDraining = isNested
        if case .incarnation = scope { isOneProcess = true } else { isOneProcess = false }
        if case .pool(_, _, isIdempotent: true) = scope { mayRepeat = true }
    }

    mutating func begins(in pool: PoolRoutes?) {
        if mayRepeat, !hasBegun { pool?.calledIdempotently() }
        hasBegun = true
    }

    /// Whether another worker is asked: for a method that has not run, or, once, for one that may run twice.
    mutating func goesOn(after outcome: CallOutcome, at peer: Peer, in pool: PoolRoutes?) -> Bool {
        guard !isOneProcess, peer !== last else { return false }
        if !outcome.mayGoElsewhere {
            guard mayRepeat, outcome.isDeath, let pool, pool.mayRetry() else { return false }
            mayRepeat = false
        }
        (last, takesDraining) = (peer, false)
        return true
    }
}
