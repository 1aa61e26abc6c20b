package import ActorCluster
import ProcessIO

/// A primary in the hands of a test: one worker process, and the raw pipe to it. Blocks the thread that uses it.
package final class RawPrimary {
    package let worker: OwnedProcess
    package let pipe: RawPipe
    private var lastID: CallID = 0

    /// How long it waits for anything.
    package static let patience = Duration.seconds(10)

    /// Starts the tests' worker program; nothing has been said yet.
    package init(arguments: [String] = [], environment: [String: String] = [:]) throws {
        let mark = environment.merging(["ACTORCLUSTER_WORKER": "1"]) { _, new in new }
        worker = try OwnedProcess("FaultyWorkers", arguments, environment: mark)
        pipe = RawPipe(worker.channel)
    }

    // MARK: Beginning

    /// Says hello and waits until the worker is ready.
    package func start(group: String = "probes") throws {
        try sendHello(group: group)
        guard let hello = try receive(), hello.kind == .hello else { throw RawPipe.Failure.closed }
        guard let ready = try receive(), ready.kind == .ready else { throw RawPipe.Failure.closed }
    }

    package func sendHello(group: String = "probes", version: UInt64 = Hello.protocolVersion) throws {
        let assignment = Hello.Assignment(
            worker: WorkerID(group: group, slot: 0, incarnation: 1), pool: 0, frameLimit: Limits.frame,
            callTimeout: .seconds(5))
        let hello = Hello(fingerprint: 0, assignment: assignment)
        try pipe.send(OutgoingFrame(.hello, FrameNumbers(version), body: try Body.encode(hello)))
    }

    // MARK: Calls

    package enum Answer: Equatable, Sendable {
        case reply([UInt8])
        case failure(ActorCluster.Failure)
    }

    /// The next frame; `nil`: the worker is gone.
    package func receive() throws -> RawFrame? { try pipe.receive(within: Self.patience) }

    /// Sends a call, to the root actor if nothing else is said, and returns its number.
    @discardableResult
    package func send(
        _ target: String, actor: UInt64 = ActorID.rootNumber, _ arguments: [UInt8] = [], id: CallID? = nil
    ) throws -> CallID {
        lastID = id ?? lastID + 1
        let request = CallRequest.method(actor: actor, target: target, arguments: arguments)
        try pipe.send(OutgoingFrame.call(id: lastID, request, remaining: 60_000_000_000))
        return lastID
    }

    /// The answer to a call; other frames that come before it are dropped.
    package func answer(to id: CallID) throws -> Answer {
        while let frame = try receive() {
            guard frame.id == id else { continue }
            switch frame.kind {
            case .reply: return .reply(frame.body)
            case .error: return .failure(try frame.body.withUnsafeBytes { try Body.decode(Failure.self, from: $0) })
            default: continue
            }
        }
        throw RawPipe.Failure.closed
    }

    /// One call and its answer.
    package func call(
        _ target: String, actor: UInt64 = ActorID.rootNumber, _ arguments: [UInt8] = []
    ) throws -> Answer {
        try answer(to: send(target, actor: actor, arguments))
    }
}
