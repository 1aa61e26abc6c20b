/// Something that happened to a worker, a pool or the cluster, as `Cluster.events` and `WorkerPool.events` tell it.
///
/// Of one process come, each at most once and in this order: `spawned`, `online`, `ready` or `failedToInitialize`,
/// `disconnected`, `exited`. Whatever else is told of it comes between `spawned` and `disconnected`.
public struct ClusterEvent: Hashable, Sendable {
    /// The process that it happened to; `nil`: the pool or the cluster as a whole.
    public let worker: WorkerID?
    /// The name of the pool's group; `nil`: the cluster as a whole, and `missed`.
    public let group: String?
    /// What happened.
    public let kind: Kind

    package init(_ kind: Kind, group: String? = nil, worker: WorkerID? = nil) {
        self.worker = worker
        self.group = group
        self.kind = kind
    }

    /// What can happen. Texts are at most 4 KiB long and never hold arguments of calls.
    public enum Kind: Hashable, Sendable {
        /// There is a process.
        case spawned(pid: Int32)
        /// Its pipe answers.
        case online
        /// It takes calls.
        case ready
        /// It takes connections of a listener (`Cluster.listen`) that has this address. Once for each of them, before or
        /// after `ready`.
        case listening(SocketAddress)
        /// It will not get ready, for this reason: its factory threw, there is no such program, it does not fit.
        case failedToInitialize(String)
        /// An error that the worker reported (`WorkerContext.report`), or that cost it its pipe.
        case error(String)
        /// It does not answer; new calls go to others.
        case suspect
        /// It answers again and takes calls.
        case recovered
        /// It has not answered for too long, starts no waiting work, or says itself that it is not well, and is
        /// replaced.
        case unhealthy(String)
        /// It has more resident memory than `PoolLimits` allows and will be replaced, gracefully.
        case overMemory(bytes: Int, limit: Int)
        /// Its pipe has ended, and all that came through it has been delivered. `intentional` as with `exited`.
        case disconnected(intentional: Bool)
        /// The process is gone and reaped.
        ///
        /// `intentional`: it had been asked to leave, by the program, by SIGTERM from an operator or by itself.
        /// `forced`: it did not go in time, or could not be asked, and was ended. `lastOutput`: the last lines of its
        /// standard error, at most 20, oldest first; of a Swift program that has crashed the beginning of its report.
        case exited(ExitStatus, intentional: Bool, forced: Bool, lastOutput: [String])
        /// Its slot will be filled again after this pause.
        case restarting(after: Duration)
        /// Its slot, or with no worker the whole pool, stays empty; the text tells its last exits.
        case gaveUp(String)
        /// The pool is to have another number of workers.
        case scaled(from: Int, to: Int)
        /// Each slot of the pool has a new process, which has been well for a while.
        case reloaded
        /// A reload of the pool was undone, or ended by its stop; the text tells which replacement failed and why.
        case reloadFailed(String)
        /// The pool, or with no group the cluster, stops: no new calls, and the workers are asked to leave.
        case stopping
        /// All its workers are gone. The last event of a pool's or a cluster's sequence.
        case stopped
        /// In place of so many events that this reader was too slow for.
        case missed(Int)
    }
}

extension ClusterEvent: CustomStringConvertible {
    /// Whom it happened to, and what: a line for a log.
    public var description: String { "\(worker?.description ?? group ?? "cluster"): \(kind)" }
}

extension ClusterEvent.Kind: CustomStringConvertible {
    /// What happened, in words.
    public var description: String {
        switch self {
        case .spawned(let pid): "spawned, pid \(pid)"
        case .online: "online"
        case .ready: "ready"
        case .listening(let address): "listening on \(address)"
        case .failedToInitialize(let why): "failed to initialize: \(why)"
        case .error(let text): "error: \(text)"
        case .suspect: "suspect: it does not answer"
        case .recovered: "recovered"
        case .unhealthy(let why): "unhealthy: \(why)"
        case .overMemory(let bytes, let limit): "has \(bytes) bytes of memory, above its limit of \(limit)"
        case .disconnected(let intentional): intentional ? "disconnected" : "disconnected unasked"
        case .exited(let status, let intentional, let forced, let lines):
            (["exited (\(status))\(intentional ? "" : " unasked")\(forced ? ", by force" : "")"] + lines)
                .joined(separator: "\n  ")
        case .restarting(let pause): pause > .zero ? "restarting in \(pause)" : "restarting at once"
        case .gaveUp(let story): "gave up: \(story)"
        case .scaled(let old, let new): "scaled from \(old) to \(new)"
        case .reloaded: "reloaded"
        case .reloadFailed(let why): "reload failed: \(why)"
        case .stopping: "stopping"
        case .stopped: "stopped"
        case .missed(let count): "\(count) events were missed"
        }
    }

    /// About how much memory it takes, in bytes.
    var size: Int {
        switch self {
        case .failedToInitialize(let text), .error(let text), .unhealthy(let text), .gaveUp(let text),
            .reloadFailed(let text):
            Self.fixedSize + text.utf8.count
        case .exited(_, _, _, let lines): lines.reduce(Self.fixedSize) { $0 + Self.fixedSize + $1.utf8.count }
        default: Self.fixedSize
        }
    }

    private static let fixedSize = 128
}
