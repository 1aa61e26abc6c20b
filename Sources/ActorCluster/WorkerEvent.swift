/// What a worker is told of its own life, by `WorkerContext.events`.
public enum WorkerEvent: Hashable, Sendable {
    /// It is to finish its running calls and leave; new ones are refused.
    case drainAsked
    /// The primary is gone, for whatever reason. The process ends within a second.
    case primaryLost
}
