import ProcessIO

/// All that a start of a worker's process needs.
struct SpawnOrder: Sendable {
    let process: WorkerProcess
    let slot: Int
    let programs: HeldPrograms
    let channel: Socket
}

/// A worker's process that has been started.
struct SpawnedWorker: Sendable {
    let child: ChildProcess
    let tags: Set<String>
    let output: WorkerOutput
    let pipes: CapturedPipes
}

/// The programs that a pool's workers run, each opened at its first start and the same at every other.
final class HeldPrograms: Sendable {
    private let held = Lock<[String: HeldProgram]>([:])
    /// Where this process's own program is to be opened; `nil`: it is the one that runs.
    private let own: String?

    init(own: String? = nil) { self.own = own }

    /// What to spawn for a path; without one, for this process's own program. On the spawner's thread.
    fileprivate func executable(at path: String?) throws(SystemError) -> String {
        guard let path = path ?? own else { return ownExecutable }
        if let program = held.withLock({ $0[path] }) { return program.executable }
        let program = try HeldProgram(path)
        held.withLock { $0[path] = program }
        return program.executable
    }

    /// The pool has been stopped.
    func letGo() { held.withLock { $0 = [:] } }
}

/// Starts worker processes, one after another, on a thread that lives as long as this process.
enum WorkerSpawner {
    private static let thread = SerialThread("ac-spawner")

    /// Marks a process as a worker, if descriptor 3 is a socket as well.
    static let environmentKey = "ACTORCLUSTER_WORKER"

    /// Calls `done` on the loop with the process, or with the system call that failed.
    static func spawn(
        _ order: SpawnOrder, on loop: EventLoop,
        _ done: @escaping @Sendable (Result<SpawnedWorker, SystemError>) -> Void
    ) {
        do throws(SystemError) {
            try thread.execute {
                let worker = Result { () throws(SystemError) in try start(order) }
                loop.execute { done(worker) }
            }
        } catch {
            loop.execute { done(.failure(error)) }
        }
    }

    private static func start(_ order: SpawnOrder) throws(SystemError) -> SpawnedWorker {
        let process = order.process.adapted(to: order.slot)
        let tags = order.process.tags?(order.slot) ?? []
        var plan = try plan(for: process, order.programs)
        var pipes = CapturedPipes()
        // The child has ends of its own; these are closed when they go.
        var childEnds: [OutputPipe] = []
        func capture(_ pipe: inout OutputPipe?) throws(SystemError) -> SpawnPlan.Stream {
            let (reading, writing) = try OutputPipe.pair()
            pipe = reading
            childEnds.append(writing)
            return .descriptor(writing.number)
        }
        switch process.output {
        case .inherit: break
        case .discard: plan.standardOutput = .discarded
        case .lines: plan.standardOutput = try capture(&pipes.output)
        }
        plan.standardError = try capture(&pipes.error)
        let child = try ChildProcess(plan, channel: order.channel)
        withExtendedLifetime(childEnds) {}
        return SpawnedWorker(child: child, tags: tags, output: process.output, pipes: pipes)
    }

    private static func plan(for process: WorkerProcess, _ programs: HeldPrograms) throws(SystemError) -> SpawnPlan {
        var environment = currentEnvironment()
        environment.merge(process.environment) { _, new in new }
        environment[environmentKey] = "1"
        let name = process.executable ?? CommandLine.arguments.first ?? "worker"
        return SpawnPlan(
            executable: try programs.executable(at: process.executable),
            arguments: [name] + (process.arguments ?? Array(CommandLine.arguments.dropFirst())),
            environment: environment, directory: process.directory)
    }
}
