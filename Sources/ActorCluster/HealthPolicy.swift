/// How a pool finds out that a worker is stuck, and when it is replaced for that. Monotonic.
///
/// A worker's event loop answers a ping at any time, however busy its actors are, so silence means that the process
/// itself stands still. Nothing is judged while the primary was late itself: a wake-up that comes more than 500 ms
/// after its time is void, and all waits begin anew.
public struct HealthPolicy: Hashable, Sendable {
    /// From one ping to the next; default 1 s, 10 ms to 1 h.
    public var every: Duration
    /// A worker that has left a ping unanswered for so long gets no new calls until it answers; default 3 s, as long as
    /// `every` at least.
    public var suspectAfter: Duration
    /// After so long it gets SIGKILL, since a process that stands still can do nothing else, and counts as failed;
    /// default 10 s, as long as `suspectAfter` at least.
    public var unresponsiveAfter: Duration
    /// A worker whose threads start no waiting work for so long gets SIGKILL and counts as failed; default 30 s, as
    /// long as `every` at least.
    ///
    /// One or two methods that compute for minutes are no stall, as long as a thread is left for others. In a worker
    /// that keeps every thread of Swift's own busy with more tasks than it does in this time, the last of them count
    /// as stuck.
    public var stalledAfter: Duration
    /// How often a root actor that is `HealthReporting` is asked; default 10 s, rounded up to the next ping.
    public var checkEvery = Duration.seconds(10)
    /// A root actor that takes so long to answer is replaced, and counts as failed; default 30 s.
    public var checkLimit = Duration.seconds(30)
    /// A root actor that throws so often running, each time that it is asked, is replaced, too; default 3, at least 1.
    public var checkFailures = 3
    /// How often a worker's memory is looked at if `PoolLimits.memory` is set; default 5 s, at least 10 ms.
    public var memoryEvery = Duration.seconds(5)

    /// With these times.
    public init(
        every: Duration = .seconds(1), suspectAfter: Duration = .seconds(3), unresponsiveAfter: Duration = .seconds(10),
        stalledAfter: Duration = .seconds(30)
    ) {
        self.every = every
        self.suspectAfter = suspectAfter
        self.unresponsiveAfter = unresponsiveAfter
        self.stalledAfter = stalledAfter
    }

    func check() throws(ClusterError) {
        func require(_ isRight: Bool, _ why: String) throws(ClusterError) {
            if !isRight { throw .invalidOption("HealthPolicy.\(why)") }
        }
        try require(
            Limits.pingIntervals.contains(every),
            "every is \(every); it must be from \(Limits.pingIntervals.lowerBound) to "
                + "\(Limits.pingIntervals.upperBound)")
        try require(
            suspectAfter >= every,
            "suspectAfter is \(suspectAfter), shorter than the time from one ping to the next, every (\(every))")
        try require(
            unresponsiveAfter >= suspectAfter,
            "unresponsiveAfter is \(unresponsiveAfter); a worker is suspect first, so it must be as long as "
                + "suspectAfter (\(suspectAfter)) at least")
        try require(
            stalledAfter >= every,
            "stalledAfter is \(stalledAfter), shorter than the time from one ping to the next, every (\(every))")
        try require(checkEvery > .zero, "checkEvery is \(checkEvery); it must be positive")
        try require(checkLimit > .zero, "checkLimit is \(checkLimit); it must be positive")
        try require(checkFailures >= 1, "checkFailures is \(checkFailures); it must be 1 at least")
        try require(
            memoryEvery >= Limits.pingIntervals.lowerBound,
            "memoryEvery is \(memoryEvery); it must be \(Limits.pingIntervals.lowerBound) at least")
    }
}
