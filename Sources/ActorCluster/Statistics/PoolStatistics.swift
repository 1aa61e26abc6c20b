/// What one worker's slot does and has done, restarts included.
public struct WorkerStatistics: Hashable, Sendable, Codable {
    /// The end of a process.
    public struct Exit: Hashable, Sendable, Codable {
        /// Code or signal.
        public let status: ExitStatus
        /// It was asked to leave.
        public let intentional: Bool
        /// It had to be made to.
        public let forced: Bool
    }

    /// The process that fills the slot, or the last one that did.
    public let worker: WorkerID
    /// The system's number of that process; `nil`: it has ended.
    public let pid: Int32?
    /// Where it is in its life.
    public let state: WorkerState
    /// How long the process has been ready; `nil`: it is not.
    public let uptime: Duration?
    /// Resident memory in bytes, shared pages included; `nil`: it has no process.
    public let memory: Int?
    /// How long ago it was heard of, by an answer or a pong; `nil`: it has no process.
    public let silence: Duration?
    /// It has not answered two pings: what is known of it is as old as `silence` says.
    public let isStale: Bool
    /// Processes that were started in this slot after the first.
    public let restarts: Int
    /// How the process before this one ended, or this one if it has; `nil`: none has.
    public let lastExit: Exit?
    /// How long ago `lastExit` was.
    public let sinceLastExit: Duration?
    /// All calls to the slot.
    public let calls: CallStatistics
    /// Its connections, as it has told last: a moment ago.
    public let connections: ConnectionStatistics
}

/// What a pool does and has done.
public struct PoolStatistics: Hashable, Sendable, Codable {
    /// Its group's name.
    public let group: String
    /// By slot.
    public let workers: [WorkerStatistics]
    /// The sum over all workers, those of slots included that the pool has given up since it was made smaller.
    public let calls: CallStatistics
    /// The connections of all workers, counted as `calls` are.
    public let connections: ConnectionStatistics
    /// Calls that wait for a place at a worker now.
    public let queued: Int
    /// What has become of those that waited, and of those that could not.
    public let queue: QueueStatistics
}

/// What has become of calls that had to wait for a worker.
public struct QueueStatistics: Hashable, Sendable, Codable {
    /// Calls that were refused because as many waited as may.
    public package(set) var overloaded: UInt64 = 0
    /// Calls whose limit passed while they waited.
    public package(set) var timedOut: UInt64 = 0
    /// Calls that were cancelled while they waited.
    public package(set) var cancelled: UInt64 = 0
    /// Calls for which no worker was left.
    public package(set) var refused: UInt64 = 0
    /// How long those waited that got a worker.
    public package(set) var wait = LatencyHistogram()
    /// Calls that were made once more because their worker had died.
    public package(set) var repeated: UInt64 = 0
    /// Calls that might have been, but for the retry budget.
    public package(set) var notRepeated: UInt64 = 0

    package init() {}
}

/// What all pools of a cluster do and have done.
public struct ClusterStatistics: Hashable, Sendable, Codable {
    /// In order of start.
    public let pools: [PoolStatistics]
}
