import CShims

// How a call's task gets a first run on the leader's own thread. Everything that depends on the runtime's inner working is
// here.
//
// Through the runtime's hook for jobs without an executor of their own, such a job is caught and run as Swift's own threads
// would run it: entering an actor and leaving it then happens in place, where a task that prefers an executor makes a job of
// each step. The hook is no public interface, so it is used only with the compilers, and on the machines, on which that has
// been proved, and not with `-Xswiftc -DOFFICIAL_EXECUTION`. The other way makes the task prefer the loop.
extension EventLoop {
    /// A task whose jobs `runAtOnce` can run.
    package func makeTask(_ operation: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        #if !OFFICIAL_EXECUTION && compiler(>=6.3) && compiler(<6.4) && os(Linux) && arch(x86_64)
        Task.detached(operation: operation)
        #else
        Task.detached(executorPreference: self, operation: operation)
        #endif
    }

    /// Runs the job that `body` makes ready here and now, up to its first suspension; `prepare` runs before it does. From
    /// `Startable.start` only.
    package func runAtOnce<Result>(_ body: () -> Result, prepare: (Result) -> Void) {
        ac_begin_capture()
        let result = body()
        let job = ac_end_capture()
        prepare(result)
        // An unowned job is one pointer, by its frozen layout.
        guard let job = job.map({ unsafeBitCast($0, to: UnownedJob.self) }) else { return }
        #if !OFFICIAL_EXECUTION && compiler(>=6.3) && compiler(<6.4) && os(Linux) && arch(x86_64)
        job.runSynchronously(on: Self.noExecutor)
        #else
        job.runSynchronously(on: asUnownedTaskExecutor())
        #endif
    }

    #if !OFFICIAL_EXECUTION && compiler(>=6.3) && compiler(<6.4) && os(Linux) && arch(x86_64)
    /// The runtime's own name for "whatever thread there is": two words of zero.
    private static var noExecutor: UnownedSerialExecutor {
        unsafeBitCast((UInt(0), UInt(0)), to: UnownedSerialExecutor.self)
    }

    static func prepareToRunAtOnce() { ac_capture_global_jobs() }
    #else
    static func prepareToRunAtOnce() {}
    #endif
}
