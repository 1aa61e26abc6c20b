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
    /// It has not answered for a while, and gets no new calls until it does.
    case suspect
    /// It finishes its calls and leaves.
    case draining
    /// It is gone, or its pipe is.
    case exited
}
