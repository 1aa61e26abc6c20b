import ProcessIO
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What `Cluster.run` does in a worker process.
enum WorkerMain {
    /// Whether this process was started as a worker. Read once, before the mark is taken away.
    static let isWorker =
        getenv(WorkerSpawner.environmentKey) != nil && Socket.isConnectedUnixSocket(SpawnPlan.channel)

    private static let hasBegun = Atomic<Bool>(false)

    private static let serving = Lock<WorkerLife?>(nil)

    /// A process may exit anywhere in the program's own code: what it has sent before is still on its way then.
    private static func flush() { serving.withLock { $0 }?.flush() }

    /// Never returns once the process serves. Throws `notInPrimary` when it does already: `run` was called by a
    /// factory or a method.
    static func run(_ groups: [any AnyWorkerGroup], errors: ErrorTypes) async throws -> Never {
        guard !hasBegun.exchange(true, ordering: .relaxed) else { throw ClusterError.notInPrimary }
        unsetenv(WorkerSpawner.environmentKey)
        nameProcess()
        surviveBrokenPipes()
        let life: WorkerLife
        do {
            try Socket.setCloseOnExec(SpawnPlan.channel)
            wakeOnParentDeath()
            let socket = Socket(FileDescriptor(owning: SpawnPlan.channel))
            life = WorkerLife(
                groups: groups, errors: errors, targets: try TargetTable.ofThisBinary.get(), socket: socket,
                loop: try .shared())
        } catch {
            WorkerExit.factoryThrew.leave("cannot start: \(error)")
            await forever()
        }
        serving.withLock { $0 = life }
        atexit { WorkerMain.flush() }
        await life.run()
        await forever()
    }

    /// The process ends by `exit`, whatever this task waits for.
    private static func forever() async -> Never {
        while true { await suspended { (_: Suspension<Void>) in } }
    }
}
