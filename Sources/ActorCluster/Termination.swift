/// How a process that was watched has gone; what `ClusterActorSystem.whenTerminated` returns.
public struct Termination: Hashable, Sendable, Codable {
    /// What was its end.
    public enum Reason: String, Hashable, Sendable, Codable {
        /// It left with an exit code: by itself, or because it was to (`intentional`).
        case exited
        /// A signal ended it: its own trap, the supervisor's when it did not answer or leave in time, or somebody
        /// else's.
        case killed
        /// It was asked to leave so that another process could take its place.
        case replaced
        /// Nobody knows how the process ended, or whether it did: its pipe, or the one to the primary, has ended; or
        /// it has been gone for so long that nobody remembers it.
        case unreachable
    }

    /// The process; `nil`: nobody remembers it.
    public let worker: WorkerID?
    /// What was its end.
    public let reason: Reason
    /// Its exit code or signal; `unknown` when it is `unreachable`.
    public let status: ExitStatus
    /// It had been asked to leave, as in `ClusterEvent.Kind.exited`.
    public let intentional: Bool

    package init(_ worker: WorkerID?, _ reason: Reason, _ status: ExitStatus = .unknown, intentional: Bool = false) {
        self.worker = worker
        self.reason = reason
        self.status = status
        self.intentional = intentional
    }
}

extension Termination: CustomStringConvertible {
    /// Which process, and how.
    public var description: String {
        let name = worker?.description ?? "a process that is long gone"
        return reason == .unreachable ? "\(name): unreachable" : "\(name): \(reason.rawValue) (\(status))"
    }
}
