import ProcessIO

/// Runs long computing on a thread of its own, so that it does not keep other tests from Swift's threads.
public func onOwnThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { waiter in
        do {
            try startThread("computing") { waiter.resume(with: Swift.Result { try body() }) }
        } catch {
            waiter.resume(throwing: error)
        }
    }
}
