public import CShims

/// A task that waits for one value. Whoever holds it resumes it, exactly once.
///
/// A plain continuation, made visible to the thread sanitizer: one that is resumed before its task has suspended
/// hands its value over by an atomic word inside the Swift runtime, which the sanitizer does not see, so that every
/// first use of the value would be reported as a race.
@usableFromInline
package struct Suspension<Value: Sendable>: Sendable {
    @usableFromInline let continuation: UnsafeContinuation<Value, Never>
    /// A method of this process waits, and has come this far on the loop.
    @usableFromInline let isOfMethod: Bool

    @inlinable
    package init(_ continuation: UnsafeContinuation<Value, Never>) {
        self.continuation = continuation
        isOfMethod = EventLoop.runsMethod
    }

    @inlinable
    package func resume(returning value: Value) {
        ac_handing_over(place)
        continuation.resume(returning: value)
    }

    /// The same on the loop, where a method goes on if it has come this far there: to wake another thread for it costs more
    /// than a call. The leader's, outside of jobs.
    @inlinable
    package func resume(returning value: Value, on loop: EventLoop) {
        guard isOfMethod else { return resume(returning: value) }
        loop.runInTurn { resume(returning: value) }
    }

    /// The task's own record of the wait. A continuation is one pointer to it, by its frozen layout.
    @usableFromInline var place: UnsafeRawPointer { unsafeBitCast(continuation, to: UnsafeRawPointer.self) }
}

extension Suspension<Void> {
    package func resume() { resume(returning: ()) }
}

/// Suspends the current task until what `body` is given has been resumed.
@inlinable
package nonisolated(nonsending) func suspended<Value: Sendable>(_ body: (Suspension<Value>) -> Void) async -> Value {
    var place: UnsafeRawPointer?
    let value = await continued { (continuation: UnsafeContinuation<Value, Never>) in
        let suspension = Suspension(continuation)
        place = suspension.place
        body(suspension)
    }
    if let place { ac_taken_over(place) }
    return value
}

/// `withUnsafeContinuation`, but for a look at the executor after it: the task goes on where it was anyway, and in a
/// task that prefers an executor each such look is under a lock.
@inlinable @inline(__always)
package nonisolated(nonsending) func continued<Value: Sendable>(
    _ body: (UnsafeContinuation<Value, Never>) -> Void
) async -> Value {
    #if compiler(>=6.3) && compiler(<6.4)
    await _unsafeInheritExecutor_withUnsafeContinuation(body)
    #else
    await withUnsafeContinuation(body)
    #endif
}
