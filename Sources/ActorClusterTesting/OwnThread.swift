import ProcessIO

/// Runs what computes or waits for long on a thread of its own, so that it does not keep other tests from Swift's
/// threads. It stays part of the task that asks, so what it expects in vain is that test's failure.
public func onOwnThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withTaskExecutorPreference(ThreadPerJob()) { try await run(body) }
}

@concurrent private func run<Result: Sendable>(_ body: @Sendable () throws -> Result) async throws -> Result {
    try body()
}

private final class ThreadPerJob: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        do {
            try startThread("computing") { job.runSynchronously(on: executor) }
        } catch {
            // Without a thread of its own it takes that of whoever asks.
            job.runSynchronously(on: executor)
        }
    }
}
