/// When one-way calls (`ClusterActorSystem.post`) to a process are sent, and how many of them may be under way.
///
/// What is collected is also sent before any other call to that process, before a worker is asked to drain, and when
/// a worker exits.
public struct PostOptions: Codable, Hashable, Sendable {
    /// They are sent as soon as so many are collected; default 10, 1 to `limit`.
    public var count = 10
    /// And when they have so many bytes, arguments and 20 bytes for each; default 64 KiB, at least 1.
    public var bytes = 64 << 10
    /// And when the first of them has waited so long; default 100 ms, up to 60 s.
    public var delay = Duration.milliseconds(100)
    /// One-way calls to one process that it has not carried out yet; default 1,000, 1 to 10,000. Their bytes have a bound
    /// of 4 MiB, too.
    public var limit = 1_000

    /// The defaults.
    public init() {}

    func check() throws(ClusterError) {
        guard (1...Limits.posts).contains(limit), (1...limit).contains(count), bytes > 0,
            (Duration.zero...Limits.postDelay).contains(delay)
        else {
            throw .invalidOption(
                "ClusterOptions.posts: limit must be 1 to \(Limits.posts), count 1 to limit, bytes above 0, "
                    + "and delay 0 to \(Limits.postDelay)")
        }
    }
}

/// What becomes of a one-way call when `PostOptions.limit` is reached.
public enum PostOverflow: Hashable, Sendable {
    /// Its task waits, within the call's limit, until the other process has carried out some.
    case wait
    /// It throws `CallError.overloaded` at once.
    case fail
}

/// What has become of the one-way calls of this process.
public struct PostStatistics: Hashable, Sendable, Codable {
    /// That were taken to be sent.
    public package(set) var posted: UInt64 = 0
    /// Whose method has returned.
    public package(set) var completed: UInt64 = 0
    /// Whose method threw, or could not be run.
    public package(set) var failed: UInt64 = 0
    /// Whose process ended before it had said that it has carried them out. They may have run.
    public package(set) var lost: UInt64 = 0

    /// Not carried out yet.
    public var underWay: UInt64 { posted - min(posted, completed + failed + lost) }

    package init() {}

    mutating func add(_ other: PostStatistics) {
        posted += other.posted
        completed += other.completed
        failed += other.failed
        lost += other.lost
    }
}
