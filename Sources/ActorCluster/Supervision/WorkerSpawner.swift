import ProcessIO

/// Starts worker processes, one after another, on a thread that lives as long as this process.
enum WorkerSpawner {
    private static let thread = SerialThread("ac-spawner")

    /// Marks a process as a worker, if descriptor 3 is a socket as well.
    static let environmentKey = "ACTORCLUSTER_WORKER"

    static func plan(for process: WorkerProcess) -> SpawnPlan {
        var environment = currentEnvironment()
        environment.merge(process.environment) { _, new in new }
        environment[environmentKey] = "1"
        let name = process.executable ?? CommandLine.arguments.first ?? "worker"
        return SpawnPlan(
            executable: process.executable ?? ownExecutable,
            arguments: [name] + (process.arguments ?? Array(CommandLine.arguments.dropFirst())),
            environment: environment, directory: process.directory)
    }

    /// Calls `done` on the loop with the process, or with the system call that failed.
    static func spawn(
        _ process: WorkerProcess, channel: Socket, on loop: EventLoop,
        _ done: @escaping @Sendable (Result<ChildProcess, SystemError>) -> Void
    ) {
        do throws(SystemError) {
            try thread.execute {
                let child = Result { () throws(SystemError) in
                    try ChildProcess(plan(for: process), channel: channel)
                }
                loop.execute { done(child) }
            }
        } catch {
            loop.execute { done(.failure(error)) }
        }
    }
}
