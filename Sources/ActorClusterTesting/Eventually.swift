import ProcessIO

/// Waits until something outside this process's own events has come true, looking each millisecond. False: it had not
/// by the limit, which is far above what it should take.
public func eventually(within limit: Duration = .seconds(5), _ condition: @escaping @Sendable () async throws -> Bool)
    async throws -> Bool
{
    let loop = try EventLoop.shared()
    let end = MonotonicClock.now + limit
    while try await !condition() {
        if MonotonicClock.now >= end { return try await condition() }
        await suspended { waiter in
            loop.execute {
                _ = loop.schedule(at: MonotonicClock.now + .milliseconds(1)) { waiter.resume() }
            }
        }
    }
    return true
}
