import ProcessIO

/// Whether a worker that ended by itself is replaced: OTP's permanent, transient and temporary.
///
/// Unlike there, SIGTERM from outside and exit code 125 are never followed by a replacement, as a stop that was asked for
/// is not, and each slot has an intensity of its own.
public enum RestartPolicy: Hashable, Sendable {
    /// Always; the default.
    case always
    /// Unless it left with exit code 0.
    case onFailure
    /// Never.
    case never
}

/// How often a slot may be refilled before it is given up: at most so many restarts within any window of this length.
///
/// A worker that was ready for 30 s is sound: after it the count begins anew, as `Backoff` does. So a longer window bounds only
/// workers that die sooner.
public struct RestartIntensity: Hashable, Sendable {
    /// 10 restarts in 60 s.
    public static let `default` = RestartIntensity()
    /// No bound: for programs that expect crashes and count them themselves.
    public static let unlimited = RestartIntensity(.max)

    /// The most restarts within `window`; 0 gives up at the first death.
    public var restarts: Int
    /// The length of the sliding window.
    public var window: Duration

    /// At most `restarts` in any `window`.
    public init(_ restarts: Int = 10, in window: Duration = .seconds(60)) {
        self.restarts = restarts
        self.window = window
    }

    func check() throws(ClusterError) {
        guard restarts >= 0, window > .zero else {
            throw .invalidOption(
                "RestartIntensity is \(restarts) in \(window); restarts must not be negative and the window positive")
        }
    }
}

/// How long to wait before a slot is refilled: not at all the first time, then `first`, doubling up to `limit`, each
/// plus up to 25 % so that many slots do not start at one moment. After a worker that was ready for 30 s it begins anew.
public struct Backoff: Hashable, Sendable {
    /// No pause, however often a worker dies.
    public static let none = Backoff(first: .zero, limit: .zero)

    /// The pause before the second restart; default 100 ms.
    public var first: Duration
    /// The longest pause, before the addition; default 10 s.
    public var limit: Duration

    /// Pauses of `first`, doubling to `limit`.
    public init(first: Duration = .milliseconds(100), limit: Duration = .seconds(10)) {
        self.first = first
        self.limit = limit
    }

    func check() throws(ClusterError) {
        guard first >= .zero, limit >= .zero else {
            throw .invalidOption("Backoff is \(first) to \(limit); neither must be negative")
        }
    }

    /// A worker that has lived this long counts as sound again.
    package static let forgottenAfter = Duration.seconds(30)

    /// The pause after `failures` deaths in a row. `chance` is in 0..<1.
    package func pause(afterFailures failures: Int, chance: Double) -> Duration {
        guard failures > 1, first > .zero else { return .zero }
        let doublings = min(failures - 2, 40)
        let pause = min(Double(first.wholeNanoseconds) * Double(1 << doublings), Double(limit.wholeNanoseconds))
        // A limit of centuries and its addition are beyond what an Int64 counts.
        return .nanoseconds(Int64(exactly: (pause * (1 + 0.25 * chance)).rounded()) ?? .max)
    }
}
