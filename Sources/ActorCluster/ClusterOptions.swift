/// Settings of a whole cluster. Workers get what concerns them from the primary.
public struct ClusterOptions: Sendable {
    /// How long a call may take if no `withCallTimeout` says otherwise; default 5 s.
    public var callTimeout: Duration = .seconds(5)
    /// How long stopping may take in all, from the first signal, `Cluster.shutDown` or the body's end; default 30 s.
    ///
    /// When it passes, every worker that is left gets SIGKILL. If a signal has asked for the stop, this process ends
    /// too, with exit code 1; otherwise `Cluster.run` goes on and returns once its body has.
    public var stopLimit: Duration = .seconds(30)
    /// Which signals stop the cluster; default SIGTERM and SIGINT.
    public var signals = SignalHandling.stop
    /// The longest message, in bytes, header fields included; default 1 MiB, from 16 KiB to 64 MiB. A longer one is
    /// refused where it is sent, with `CallError.tooLarge`.
    public var frameLimit = Limits.frame
    /// When one-way calls are sent, and how many may be under way; for all processes of the cluster.
    public var posts = PostOptions()
    /// Error types that arrive at the caller as themselves, fields and all. Any other error that a method throws
    /// arrives as `RemoteError`. Primary and workers must list them alike, as they do when both run the same program.
    public var errors: [any (Error & Codable).Type] = []

    /// The defaults.
    public init() {}

    func check() throws(ClusterError) {
        guard (Limits.frameFloor...Limits.frameCeiling).contains(frameLimit) else {
            throw .invalidOption(
                "ClusterOptions.frameLimit is \(frameLimit) bytes; "
                    + "it must be from \(Limits.frameFloor) to \(Limits.frameCeiling)")
        }
        guard callTimeout > .zero, stopLimit >= .zero else {
            throw .invalidOption("ClusterOptions.callTimeout must be positive, and stopLimit not negative")
        }
        try posts.check()
    }
}

/// What a cluster does with the signals of its process, as long as it runs.
public enum SignalHandling: Sendable {
    /// SIGTERM and SIGINT stop it. `Cluster.run` returns then, so a program that ends after it has exit code 0. A
    /// second signal kills every worker that is left and ends the process with exit code 1.
    ///
    /// A signal that the process ignores stays ignored, as `nohup` and shells expect. After the last `run` of a
    /// process the host's own handling is back. SIGCHLD and SIGPIPE are never touched.
    case stop
    /// The same, and SIGHUP reloads every pool, one after another in order of their start, as `WorkerPool.reload` does.
    /// The first that fails ends that: the pools after it keep their workers. `Cluster.events` tells how it went. More
    /// of them while it is under way are followed by one more reload.
    case stopAndReload
    /// None: the host program has handlers of its own, and calls `Cluster.shutDown`.
    case leaveToHost
}
