/// How many calls a pool takes, and what a worker may use up before another one takes its place: against leaks, and
/// against memory that is never given back.
///
/// A replacement for what was used up is no failure: the worker gets no new calls, ends those it has, does its shutdown work
/// (`WorkerContext.onShutdown`) and leaves, and its slot is filled at once. It takes nothing of `RestartIntensity`.
/// In a pool one worker at a time is replaced so, those over their memory first; the next one's turn comes when the
/// slot has a ready worker again, or is given up.
public struct PoolLimits: Hashable, Sendable {
    /// Calls that a worker has not answered, 1 to 1,024; default 1,024. Further calls go to other workers, or wait.
    public var inFlight = Limits.callsInFlight
    /// Calls that wait for a place at a worker, within their own limits; default 10,000, 0 to 1,000,000. Further calls
    /// fail at once with `CallError.overloaded`. At most 1,000 of them may wait for one slot (`WorkerHandle.actor`).
    public var queue = Limits.callsWaiting
    /// Resident memory, in bytes, shared pages included; looked at every 5 s (`HealthPolicy.memoryEvery`). Default:
    /// no limit; at least 16 MiB, because a worker that starts may have so much.
    public var memory: Int?
    /// The age at which a worker is replaced, counted from when it was ready. Default: no limit; at least 1 s.
    ///
    /// Each worker has 75 to 100 % of it, by chance, so that those started together do not leave together.
    public var age: Duration?
    /// How many calls of other processes a worker ends before it is replaced. Default: no limit.
    ///
    /// Each worker has 75 to 100 % of it, by chance. What it has ended is known at each ping, so it may be more by
    /// what it ends between two of them.
    public var calls: Int?

    /// No limits.
    public init() {}

    /// Whether the workers have to be looked at from time to time.
    var needsLook: Bool { memory != nil || calls != nil }

    func check() throws(ClusterError) {
        guard (1...Limits.callsInFlight).contains(inFlight) else {
            throw .invalidOption("PoolLimits.inFlight is \(inFlight); it must be 1 to \(Limits.callsInFlight)")
        }
        guard (0...Limits.queueCeiling).contains(queue) else {
            throw .invalidOption("PoolLimits.queue is \(queue); it must be 0 to \(Limits.queueCeiling)")
        }
        if let memory, memory < Limits.workerMemory {
            throw .invalidOption(
                "PoolLimits.memory is \(memory) bytes; it must be \(Limits.workerMemory) at least, or a new worker "
                    + "would be above it at once")
        }
        if let age, age < .seconds(1) {
            throw .invalidOption("PoolLimits.age is \(age); it must be 1 s at least")
        }
        if let calls, calls < 1 {
            throw .invalidOption("PoolLimits.calls is \(calls); it must be 1 at least")
        }
    }
}
