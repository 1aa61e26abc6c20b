/// In which order calls that wait for a worker get one.
///
/// A worker that has room takes the waiting call of the highest priority, the earliest of them. So that none starves,
/// the first call of each priority goes ahead after at most nine others that the same worker has taken.
public enum CallPriority: UInt8, Hashable, Sendable, Comparable, CaseIterable {
    /// Work that may wait.
    case low
    /// The default.
    case normal
    /// Somebody is waiting.
    case high

    /// Lower before higher.
    public static func < (left: CallPriority, right: CallPriority) -> Bool { left.rawValue < right.rawValue }
}

/// Gives each call made within `operation` this priority, also those that the called methods make in turn.
///
/// It matters where calls wait: for a place in a pool.
public nonisolated(nonsending) func withCallPriority<Result>(
    _ priority: CallPriority, operation: nonisolated(nonsending) () async throws -> Result
) async rethrows -> Result {
    var scope = CallScope.current
    scope.priority = priority
    return try await CallScope.$current.withValue(scope) { try await operation() }
}
