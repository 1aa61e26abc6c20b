/// What has become of calls to a slot since its pool was started. Calls of this process, and of others by way of it.
public struct CallStatistics: Hashable, Sendable, Codable {
    /// Calls that were given to a worker. One that goes on to another worker counts at each.
    public package(set) var started: UInt64 = 0
    /// Calls whose method returned.
    public package(set) var completed: UInt64 = 0
    /// Calls whose method threw, or could not be run there; a call that a leaving worker refused.
    public package(set) var failed: UInt64 = 0
    /// Calls that had no answer within their limit.
    public package(set) var timedOut: UInt64 = 0
    /// Calls whose caller was cancelled.
    public package(set) var cancelled: UInt64 = 0
    /// Calls that ended with their worker.
    public package(set) var died: UInt64 = 0
    /// Answers that came after their call had ended.
    public package(set) var lateReplies: UInt64 = 0
    /// Bytes that were written to workers, all frames.
    public package(set) var bytesSent: UInt64 = 0
    /// Bytes that were read from workers, all frames.
    public package(set) var bytesReceived: UInt64 = 0
    /// From a call's beginning at its worker to its answer; a call that has ended otherwise is not in it.
    public package(set) var latency = LatencyHistogram()

    /// Calls without an outcome.
    public var inFlight: UInt64 { started - min(started, completed + failed + timedOut + cancelled + died) }

    package init() {}

    mutating func answered(isReply: Bool, nanoseconds: Int64) {
        if isReply { completed += 1 } else { failed += 1 }
        latency.add(nanoseconds: nanoseconds)
    }

    package mutating func add(_ other: CallStatistics) {
        started += other.started
        completed += other.completed
        failed += other.failed
        timedOut += other.timedOut
        cancelled += other.cancelled
        died += other.died
        lateReplies += other.lateReplies
        bytesSent += other.bytesSent
        bytesReceived += other.bytesReceived
        latency.add(other.latency)
    }
}
