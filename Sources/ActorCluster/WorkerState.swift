/// Where a worker process is in its life.
public enum WorkerState: String, Hashable, Sendable, Codable {
    /// The process has been started, or is about to be.
    case spawned
    /// Its pipe answers.
    case online
    /// Its factory makes the root actor.
    case initializing
    /// It takes calls.
    case ready
    /// It finishes its calls and leaves.
    case draining
    /// It is gone, or its pipe is.
    case exited
}
