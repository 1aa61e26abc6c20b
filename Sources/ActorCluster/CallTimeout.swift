package import ProcessIO

/// Gives each call made within `operation` at most this long.
///
/// Monotonic; a limit that has passed throws `CallError.timeout`. It replaces the limit of an enclosing
/// `withCallTimeout` and the cluster's default (`ClusterOptions.callTimeout`, 5 s); `nil` means no limit. Inside a
/// method that another process called, a call never outlives that caller's own limit, whatever is set here.
public nonisolated(nonsending) func withCallTimeout<Result>(
    _ limit: Duration?, operation: nonisolated(nonsending) () async throws -> Result
) async rethrows -> Result {
    var scope = CallScope.current
    scope.limit = limit.map(CallScope.Limit.of) ?? .unlimited
    return try await CallScope.$current.withValue(scope) { try await operation() }
}

/// What bounds the calls made in a task.
package struct CallScope: Sendable {
    package enum Limit: Equatable, Sendable {
        case standard
        case unlimited
        case of(Duration)
    }

    package var limit = Limit.standard
    /// When the caller of the method that runs here stops waiting.
    package var deadline = Instant.distantFuture
    /// Whether this is a method that another process called: what it calls in turn is part of that call.
    package var isInsideCall = false
    /// Whose call that is, and of which cluster's system.
    package var call: (caller: Caller, system: ObjectIdentifier)?
    package var priority = CallPriority.normal
    /// Calls are one-way.
    package var posting: PostOverflow?

    @TaskLocal package static var current = CallScope()
    /// Of a call of the library's own that waits as long as it takes.
    static let unlimited = CallScope(limit: .unlimited)

    package init(limit: Limit = .standard, deadline: Instant = .distantFuture) {
        self.limit = limit
        self.deadline = deadline
    }

    /// Of a method that another process called.
    package init(inside call: CallTerms, of system: ClusterActorSystem) {
        (deadline, isInsideCall, priority) = (call.deadline, true, call.priority)
        self.call = call.caller.map { ($0, ObjectIdentifier(system)) }
    }

    /// What a call that is made now has.
    package func bound(standard: Duration, now: Instant) -> CallLimit {
        let own: Instant
        switch limit {
        case .standard: own = now + standard
        case .unlimited: own = .distantFuture
        case .of(let limit): own = now + limit
        }
        return CallLimit(start: now, deadline: min(own, deadline))
    }
}

/// The time that a call has.
package struct CallLimit: Sendable {
    let start: Instant
    /// When it has to have ended.
    let deadline: Instant

    /// `nil`: as long as it takes.
    var duration: Duration? { deadline == .distantFuture ? nil : max(.zero, deadline - start) }
}
