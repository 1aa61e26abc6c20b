import CShims

// How a method goes on on the leader's own thread. Everything that depends on the runtime's inner working is here.
//
// Through the runtime's hook for jobs without an executor of their own, such a job is caught and run as Swift's own
// threads would run it: entering an actor and leaving it then happens in place, where a task that prefers an executor
// makes a job of each step. The hook is no public interface, so it is used only with the compilers, and on the
// machines, on which that has been proved, and not with `-Xswiftc -DOFFICIAL_EXECUTION`. The other way makes the task
// prefer the loop.

#if !OFFICIAL_EXECUTION && compiler(>=6.3) && compiler(<6.4) && os(Linux) && arch(x86_64)

extension EventLoop {
    static func prepareToRunAtOnce() { ac_capture_global_jobs() }

    /// Runs the job here and now that `body` makes ready of a task without an executor of its own, up to its first
    /// suspension; `prepare` runs before it does. From `Startable.start` only.
    package func runAtOnce(_ body: () -> Void, prepare: () -> Void) {
        let job = capture(body)
        prepare()
        if let job { runCaptured(job) }
    }

    private func capture(_ body: () -> Void) -> UnownedJob? {
        ac_begin_capture()
        body()
        // An unowned job is one pointer, by its frozen layout.
        return ac_end_capture().map { unsafeBitCast($0, to: UnownedJob.self) }
    }

    /// Whether what this thread runs is a method, so that it goes on by `runInTurn` after its calls.
    @usableFromInline static var runsMethod: Bool { ac_runs_captured_job() != 0 }

    /// Runs the job that `body` makes ready in its turn. Any thread gets it when the loop can run no jobs. The leader's,
    /// outside of jobs.
    @usableFromInline func runInTurn(_ body: () -> Void) {
        guard leadership.now.leader != threads.watcher else { return body() }
        if let job = capture(body) { state.with(self) { $0.ring.append(.continuation(job)) } }
    }

    /// Gives a job to any thread.
    func release(_ job: UnownedJob) { ac_release_job(unsafeBitCast(job, to: UnsafeRawPointer.self)) }

    /// The runtime's own name for "whatever thread there is" is two words of zero.
    func runCaptured(_ job: UnownedJob) {
        ac_run_captured_job(1)
        job.runSynchronously(on: unsafeBitCast((UInt(0), UInt(0)), to: UnownedSerialExecutor.self))
        ac_run_captured_job(0)
    }
}

#else

extension EventLoop {
    static func prepareToRunAtOnce() {}

    /// Methods prefer the loop, and go on there whatever they have waited for.
    @usableFromInline static var runsMethod: Bool { false }
    @usableFromInline func runInTurn(_ body: () -> Void) { body() }
    func release(_ job: UnownedJob) { post { $0.entries.append(.job(job)) } }
    func runCaptured(_ job: UnownedJob) { job.runSynchronously(on: asUnownedTaskExecutor()) }
}

#endif
