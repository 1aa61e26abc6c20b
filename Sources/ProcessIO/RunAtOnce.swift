import CShims

// How a call's task gets a first run on the leader's own thread. Everything that depends on the runtime's inner
// working is here.
//
// Through the runtime's hook for jobs without an executor of their own, such a job is caught and run as Swift's own
// threads would run it: entering an actor and leaving it then happens in place, where a task that prefers an executor
// makes a job of each step. The hook is no public interface, so it is used only with the compilers, and on the
// machines, on which that has been proved, and not with `-Xswiftc -DOFFICIAL_EXECUTION`. The other way makes the task
// prefer the loop.
extension EventLoop {
    /// Runs the job that `body` makes ready here and now, up to its first suspension; `prepare` runs before it does.
    /// From `Startable.start` only.
    package func runAtOnce(_ body: () -> Void, prepare: () -> Void) {
        ac_begin_capture()
        body()
        let job = ac_end_capture()
        prepare()
        // An unowned job is one pointer, by its frozen layout.
        if let job { runCaptured(unsafeBitCast(job, to: UnownedJob.self)) }
    }
}

#if !OFFICIAL_EXECUTION && compiler(>=6.3) && compiler(<6.4) && os(Linux) && arch(x86_64)

extension EventLoop {
    static func prepareToRunAtOnce() { ac_capture_global_jobs() }

    /// A task whose jobs `runAtOnce` can run.
    package func makeTask(_ operation: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task.detached(operation: operation)
    }

    /// The runtime's own name for "whatever thread there is" is two words of zero.
    private func runCaptured(_ job: UnownedJob) {
        job.runSynchronously(on: unsafeBitCast((UInt(0), UInt(0)), to: UnownedSerialExecutor.self))
    }
}

#else

extension EventLoop {
    static func prepareToRunAtOnce() {}

    /// A task whose jobs `runAtOnce` can run.
    package func makeTask(_ operation: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task.detached(executorPreference: self, operation: operation)
    }

    private func runCaptured(_ job: UnownedJob) { job.runSynchronously(on: asUnownedTaskExecutor()) }
}

#endif
