import ProcessIO

#if canImport(Glibc)
import Glibc
#endif

/// Runs what computes or waits for long on a thread of its own, so that it does not keep other tests from Swift's
/// threads. It stays part of the task that asks, so what it expects in vain is that test's failure.
public func onOwnThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withTaskExecutorPreference(ThreadPerJob()) { try await run(body) }
}

@concurrent private func run<Result: Sendable>(_ body: @Sendable () throws -> Result) async throws -> Result {
    try body()
}

final class ThreadPerJob: TaskExecutor {
    private let givesWay: Bool

    /// What gives way has a third of the processor that others have who want it, too.
    init(givesWay: Bool = false) { self.givesWay = givesWay }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        do {
            try startThread("computing") { [givesWay] in
                #if os(Linux)
                // Of this thread alone, with Linux.
                if givesWay { _ = nice(5) }
                #endif
                job.runSynchronously(on: executor)
            }
        } catch {
            // Without a thread of its own it takes that of whoever asks.
            job.runSynchronously(on: executor)
        }
    }
}
