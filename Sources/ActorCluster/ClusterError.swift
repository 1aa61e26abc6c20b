import ProcessIO

/// Why starting or running a cluster failed.
public enum ClusterError: Error, Hashable, Sendable {
    /// The system could not start a process: the call that failed, and its `errno`.
    case spawnFailed(WorkerID, call: String, errno: Int32)
    /// The worker speaks another version of the protocol, or its program does not list the group.
    case incompatibleWorker(WorkerID, String)
    /// The group's factory threw this, or the process ended before it returned.
    case failedToInitialize(WorkerID, String)
    /// The process said nothing in this time, as a program does that never reaches `Cluster.run`, and has been killed.
    case noHello(WorkerID, after: Duration)
    /// The worker was not ready in time and has been killed.
    case notReady(WorkerID, after: Duration)
    /// The worker has not answered a ping for so long and was killed (`HealthPolicy.unresponsiveAfter`).
    case unresponsive(WorkerID, after: Duration)
    /// The worker's threads have started no waiting work for so long and it was killed (`HealthPolicy.stalledAfter`).
    case stalled(WorkerID, after: Duration)
    /// The worker's root actor says that it is not well (`HealthReporting`); the text says how.
    case unwell(WorkerID, String)
    /// The last slot of a pool died too often; the text tells its last exits.
    case gaveUp(WorkerID, story: String)
    /// The system let nobody listen there: the call that failed, and its `errno`.
    case listenFailed(SocketAddress, call: String, errno: Int32)
    /// This replacement failed in a reload, for this reason and with these last words, and every slot has been given
    /// back the build that it had.
    case reloadFailed(WorkerID, String)
    /// The group is running in this cluster already.
    case alreadyRunning(group: String)
    /// `Cluster.run` was called inside a worker, or inside a factory or a method that runs there.
    case notInPrimary
    /// Two of the groups given to `run` have this name, or the group was not given to it.
    case groupNotListed(String)
    /// A setting has a value that cannot work; the text says which values do.
    case invalidOption(String)
    /// The cluster has been stopped.
    case stopped
}

extension ClusterError: CustomStringConvertible {
    /// What happened, and what to do about it.
    public var description: String {
        switch self {
        case .spawnFailed(let worker, let call, let code):
            "cannot start worker \(worker): \(SystemError(call: call, code: code))\(Self.advice(code))"
        case .incompatibleWorker(let worker, let why): "worker \(worker) does not fit this primary: \(why)"
        case .failedToInitialize(let worker, let why): "worker \(worker) failed to initialize: \(why)"
        case .noHello(let worker, let limit):
            "worker \(worker) said no hello within \(limit) and was killed: its program must soon reach Cluster.run, "
                + "with a group \"\(worker.group)\""
        case .notReady(let worker, let limit):
            "worker \(worker) was not ready within \(limit) and was killed: its factory must return by then, "
                + "or WorkerTimeouts.ready be longer"
        case .unresponsive(let worker, let silence):
            "worker \(worker) has not answered for \(silence) and was killed"
        case .stalled(let worker, let wait):
            "worker \(worker) has started no waiting work for \(wait), because its threads are blocked or busy, "
                + "and was killed"
        case .unwell(let worker, let why): "worker \(worker) is not well: \(why)"
        case .gaveUp(let worker, let story): "gave up on \(worker.group): \(story)"
        case .listenFailed(let address, let call, let code):
            "cannot listen on \(address): \(SystemError(call: call, code: code))\(Self.listenAdvice(code, address))"
        case .reloadFailed(let worker, let why): "reloading \(worker.group) failed in slot \(worker.slot): \(why)"
        case .alreadyRunning(let group): "group \"\(group)\" is running in this cluster already"
        case .notInPrimary: "a worker process cannot start a cluster of its own"
        case .groupNotListed(let group): "group \"\(group)\" must be given to Cluster.run exactly once"
        case .invalidOption(let why): why
        case .stopped: "the cluster has been stopped"
        }
    }
}
