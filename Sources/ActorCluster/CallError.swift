/// How a call ended without a result of its own.
///
/// A call whose task is cancelled, or whose method threw `CancellationError`, throws that instead, and any other error that
/// the method threw arrives as `RemoteError`. In the cases without `Delivery` the method did not run.
public enum CallError: Error, Hashable, Sendable {
    /// No answer within the call's limit. The worker has been told to cancel the method. `WorkerID` is `nil` when no
    /// worker had been chosen yet, or when the primary chose it for a call of another worker.
    case timeout(after: Duration, target: String, WorkerID?, Delivery)
    /// The process ended, or its pipe did.
    case workerDied(WorkerID, ExitStatus, Delivery)
    /// There is no such worker or actor (any more).
    case targetMissing(String)
    /// The worker's build has no such method on that actor, or the method belongs to another type.
    case unknownTarget(String, WorkerID)
    /// The slot, or every slot of the pool, has been given up.
    case noWorkerAvailable(group: String)
    /// As many calls wait already as may: try later, or start more workers.
    case overloaded(group: String, queued: Int, limit: Int)
    /// A frame longer than `ClusterOptions.frameLimit`, in bytes, header fields included.
    case tooLarge(bytes: Int, limit: Int, Delivery)
    /// An argument (`notSent`) or the result (`maybeExecuted`) could not be encoded; the text says why.
    case notEncodable(String, Delivery)
    /// The arguments (`notSent`) or the result (`maybeExecuted`) could not be decoded on the other side; the text
    /// says why.
    case malformedMessage(String, Delivery)
    /// The worker is draining, or its pool is being stopped, or has been.
    case shuttingDown
    /// A call that cannot cross a process boundary: generic methods and generic actors. The text says what to do.
    case unsupportedCall(String)
}

/// Whether a call that failed may have had an effect.
public enum Delivery: Hashable, Sendable, Codable {
    /// The method did not run, and will not.
    case notSent
    /// The method may have run, in part or to its end.
    case maybeExecuted
}

extension CallError: CustomStringConvertible {
    /// What happened and, where there is something to do, what.
    public var description: String {
        switch self {
        case .timeout(let limit, let target, let worker, let delivery):
            let place = worker.map { " on \($0)" } ?? (delivery == .notSent ? " (no worker was ready)" : "")
            return "no answer to \(target)\(place) within \(limit); \(delivery.words)"
        case .workerDied(let worker, let status, let delivery):
            return "worker \(worker) died (\(status)); \(delivery.words)"
        case .targetMissing(let what): return what
        case .unknownTarget(let target, let worker):
            return "worker \(worker) has no method \(target) for this actor; is it another build?"
        case .noWorkerAvailable(let group): return "no worker of group \"\(group)\" is left to take the call"
        case .overloaded(let group, let queued, let limit):
            return "\(queued) calls wait for \(group) already, and \(limit) may: try later or start more workers"
        case .tooLarge(let bytes, let limit, let delivery):
            return "a message of \(bytes) bytes is above the limit of \(limit) (ClusterOptions.frameLimit); "
                + delivery.words
        case .notEncodable(let why, let delivery): return "cannot encode: \(why); \(delivery.words)"
        case .malformedMessage(let why, let delivery): return "cannot decode: \(why); \(delivery.words)"
        case .shuttingDown: return "the worker or its pool is shutting down and takes no new calls"
        case .unsupportedCall(let why): return why
        }
    }
}

extension Delivery {
    fileprivate var words: String {
        switch self {
        case .notSent: "the method did not run"
        case .maybeExecuted: "the method may have run"
        }
    }
}

/// An error that a method threw in another process: its type's name and its text.
public struct RemoteError: Error, Codable, Hashable, Sendable, CustomStringConvertible {
    /// The full name of the type, such as `Photos.DecodingFailed`.
    public let typeName: String
    /// The error's own text, at most 4 KiB of it. May be empty.
    public let message: String

    package init(typeName: String, message: String) {
        self.typeName = typeName
        self.message = message
    }

    /// Type and text.
    public var description: String { message.isEmpty ? typeName : "\(typeName): \(message)" }
}
