/// The program that a pool's workers run, and what they find when they start.
public struct WorkerProcess: Sendable {
    /// A path; `nil`: this program's own executable. `PATH` is not searched. Another program must call `Cluster.run`
    /// with a group of the same name.
    ///
    /// The file is opened when the pool starts, and it is that file that every restart runs, whatever has been put in
    /// its place since or whether it is still there, until `WorkerPool.reload` opens the path anew. A script (`#!`) is
    /// opened by its path each time, because its interpreter is told the path.
    public var executable: String?
    /// The arguments after the program's name; `nil`: those of this process.
    public var arguments: [String]?
    /// Variables that are set besides those of this process. Anyone who may read `/proc` can read them: pass secrets
    /// by call.
    public var environment: [String: String] = [:]
    /// The working directory; `nil`: that of this process.
    public var directory: String?
    /// What becomes of what the workers print. Default: it goes where this process's own output goes.
    public var output = WorkerOutput.inherit
    /// Changes what is set here for one slot: its arguments, its variables and so on. It is asked before each start
    /// of a process, restarts included, on a thread of the library's, so it should be short, and the same for a slot
    /// each time.
    public var perSlot: (@Sendable (_ slot: Int, _ process: inout WorkerProcess) -> Void)?
    /// The tags of a slot, which its worker and the primary can read: its role, its own number. Asked as `perSlot` is.
    public var tags: (@Sendable (_ slot: Int) -> Set<String>)?

    /// This program, as it was started.
    public init() {}

    /// As it is for one slot.
    func adapted(to slot: Int) -> WorkerProcess {
        var process = self
        perSlot?(slot, &process)
        return process
    }
}

/// What becomes of what a worker prints.
public enum WorkerOutput: Sendable {
    /// Standard output is the primary's own. Standard error passes through the primary, which writes it on to its own
    /// standard error and remembers the last lines, so that a worker's end can be told with its last words.
    case inherit
    /// Nothing is shown. The last lines of standard error are remembered all the same.
    case discard
    /// Both go to the closure, line by line.
    ///
    /// It runs on a thread of the library's, for one line after another of all workers of the pool, each worker's
    /// streams in their order, and has had all lines of a worker before the event of its exit, unless that takes
    /// longer than a second. It may block: at most 1 MiB, or 16,384 lines, wait for it per worker; then the oldest
    /// are dropped, and the next line tells how many.
    case lines(@Sendable (OutputLine) -> Void)
}

/// One line that a worker has printed.
public struct OutputLine: Hashable, Sendable {
    /// Who printed it.
    public let worker: WorkerID
    /// Whether it came by standard error.
    public let isError: Bool
    /// Without its line feed. What is not valid UTF-8 is repaired. A line of more than 16 KiB comes in pieces.
    public let text: String
    /// How many lines of this worker were dropped just before this one.
    public let dropped: Int

    package init(worker: WorkerID, isError: Bool, text: String, dropped: Int = 0) {
        self.worker = worker
        self.isError = isError
        self.text = text
        self.dropped = dropped
    }
}
