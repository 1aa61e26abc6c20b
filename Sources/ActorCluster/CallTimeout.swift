package import ProcessIO

/// Gives each call made within `operation` at most this long.
///
/// Monotonic; a limit that has passed throws `CallError.timeout`. It replaces the limit of an enclosing scope and the
/// cluster's default (`ClusterOptions.callTimeout`, 5 s). `nil`: no limit.
public nonisolated(nonsending) func withCallTimeout<Result>(
    _ limit: Duration?, operation: nonisolated(nonsending) () async throws -> Result
) async rethrows -> Result {
    try await CallScope.$current.withValue(CallScope(limit: limit)) { try await operation() }
}

/// The limit of calls made in this task.
package struct CallScope: Sendable {
    /// `nil`: none.
    package var limit: Duration?

    @TaskLocal package static var current: CallScope?

    /// When a call made now has to have ended.
    package static func deadline(default limit: Duration, now: Instant) -> (limit: Duration?, deadline: Instant) {
        let limit = current.map(\.limit) ?? limit
        return (limit, limit.map { now + $0 } ?? .distantFuture)
    }
}
