import Distributed
import ProcessIO

extension ClusterActorSystem {
    /// One call from its encoded arguments to its encoded result: finds a worker, waits for one if it must, and moves to
    /// another one as long as it is certain that the method has not run.
    func call(
        _ id: ActorID, _ target: RemoteCallTarget, _ invocation: inout ClusterInvocationEncoder
    ) async throws -> [UInt8] {
        let request = CallRequest.method(
            actor: id.number, target: target.identifier, arguments: invocation.takeArguments())
        let name = { Self.name(of: target.identifier) }
        try check(request, name, substitutions: invocation.substitutions)
        try Task.checkCancellation()
        let (limit, deadline) = CallScope.deadline(default: callTimeout, now: MonotonicClock.now)
        var last: Peer?
        while true {
            switch routes.find(id.scope) {
            case .peer(let peer)?:
                let outcome = await peer.call(request, deadline: deadline)
                if outcome.mayGoElsewhere, peer !== last, !id.isOneProcess {
                    last = peer
                    continue
                }
                return try result(outcome, of: peer, name, limit: limit)
            case .wait?: try await wait(for: id.scope, name, limit: limit, deadline: deadline)
            case .gone?: throw CallError.noWorkerAvailable(group: groupName(of: id.scope))
            case nil: throw CallError.targetMissing("there is no process \(id) (any more)")
            }
        }
    }

    private func check(_ request: CallRequest, _ name: () -> String, substitutions: Int) throws {
        guard substitutions == 0 else {
            throw CallError.unsupportedCall(
                "\(name()) is generic: a worker cannot run it, because types do not travel. "
                    + "Declare a method for each type you need.")
        }
        let size = OutgoingFrame.call(id: 0, request, remaining: 0).size
        guard size <= frameLimit else { throw CallError.tooLarge(bytes: size, limit: frameLimit, .notSent) }
    }

    private func wait(
        for scope: ActorID.Scope, _ name: () -> String, limit: Duration?, deadline: Instant
    ) async throws {
        guard let (pool, slot) = place(of: scope) else { return }
        switch await pool.wait(slot: slot, deadline: deadline) {
        case .ready: return
        case .timeout:
            throw CallError.timeout(after: limit ?? .zero, target: name(), nil, .notSent)
        case .cancelled: throw CancellationError()
        case .overloaded(let waiting):
            throw CallError.overloaded(group: pool.group, queued: waiting, limit: Limits.callsWaiting)
        case .gone: throw CallError.noWorkerAvailable(group: pool.group)
        }
    }

    private func place(of scope: ActorID.Scope) -> (PoolRoutes, slot: Int?)? {
        switch scope {
        case .incarnation: nil
        case .slot(let pool, let slot): routes.pool(pool).map { ($0, Int(slot)) }
        case .pool(let pool): routes.pool(pool).map { ($0, nil) }
        }
    }

    private func groupName(of scope: ActorID.Scope) -> String { place(of: scope)?.0.group ?? "" }

    /// The bytes of the result, or the error that tells how the call ended.
    func result(
        _ outcome: CallOutcome, of peer: Peer, _ name: () -> String, limit: Duration?
    ) throws -> [UInt8] {
        switch outcome {
        case .reply(let bytes): return bytes
        case .failure(let failure): throw error(failure, name(), peer.worker)
        case .timeout(let delivery):
            throw CallError.timeout(after: limit ?? .zero, target: name(), peer.worker, delivery)
        case .cancelled: throw CancellationError()
        case .died(let status, let delivery): throw CallError.workerDied(peer.worker, status, delivery)
        case .overloaded(let waiting):
            throw CallError.overloaded(group: "\(peer.worker)", queued: waiting, limit: Limits.callsWaiting)
        }
    }

    private func error(_ failure: Failure, _ name: String, _ worker: WorkerID) -> any Error {
        switch failure.reason {
        case .thrown: errors.decode(failure) ?? RemoteError(typeName: failure.typeName, message: failure.text)
        case .cancelled: CancellationError()
        case .unknownTarget: CallError.unknownTarget(name, worker)
        case .targetMissing: CallError.targetMissing("\(worker) has no such actor (any more) to run \(name)")
        case .malformedMessage:
            CallError.malformedMessage("\(name): \(failure.text)", .notSent)
        case .notEncodable: CallError.notEncodable("\(name): \(failure.text)", .maybeExecuted)
        case .tooLarge: CallError.tooLarge(bytes: failure.bytes, limit: failure.limit, .maybeExecuted)
        case .expired: CallError.timeout(after: .zero, target: name, worker, .notSent)
        case .shuttingDown: CallError.shuttingDown
        case .unsupported: CallError.unsupportedCall(failure.text)
        }
    }

    /// A target as a person would write it. Only for names from this program's own calls.
    static func name(of target: String) -> String { RemoteCallTarget(target).description }
}

extension CallOutcome {
    /// The method has not run and will not: another worker may be asked.
    fileprivate var mayGoElsewhere: Bool {
        switch self {
        case .died(_, .notSent): true
        case .failure(let failure): failure.reason == .shuttingDown
        default: false
        }
    }
}

extension ActorID {
    fileprivate var isOneProcess: Bool {
        if case .incarnation = scope { true } else { false }
    }
}
