import ActorCluster
import Terminal

/// One run over all files: hands them out to the workers, one at a time to each, and collects the rows.
actor InspectionRun {
    private let directory: RawPath
    private let trapOn: String?
    private var files: ArraySlice<RawPath>
    private var progress: Progress?
    private var crashed = 0
    private(set) var rows: [Row] = []
    private(set) var workerCount = 0
    /// Those that died under a call. The pool has put a successor into the slot of each.
    private(set) var lostWorkers: Set<WorkerID> = []

    init(_ files: [RawPath], arguments: Arguments, showsProgress: Bool) {
        self.files = files[...]
        directory = RawPath(arguments.directory)
        trapOn = arguments.trapOn
        progress = showsProgress ? Progress(files: files.count) : nil
    }

    /// Returns when every file has a row. Throws what no retry mends, such as `CallError.noWorkerAvailable`.
    func inspectAll(with pool: WorkerPool<FileInspector>) async throws {
        defer { if progress != nil { writeToStandardError(Progress.clear) } }
        let workers = pool.workers
        workerCount = workers.count
        try await withThrowingDiscardingTaskGroup { slots in
            for worker in workers { slots.addTask { try await self.inspectFiles(with: worker) } }
        }
    }

    /// One file after the other, until none is left.
    private func inspectFiles(with worker: WorkerHandle<FileInspector>) async throws {
        while let path = files.popFirst() {
            add(Row(path: path, outcome: try await inspect(path, with: worker)))
        }
    }

    /// A crash costs this file only: the slot's next call goes to the worker's successor.
    private func inspect(_ path: RawPath, with worker: WorkerHandle<FileInspector>) async throws -> Outcome {
        while true {
            do {
                let inspection = try await withCallTimeout(.seconds(120)) {
                    try await worker.actor.inspect(path, in: directory, trapOn: trapOn)
                }
                switch inspection {
                case .facts(let facts): return .ok(facts)
                case .unreadable(let reason): return .unreadable(reason: reason)
                }
            } catch CallError.workerDied(let worker, _, .notSent) {
                // It died of something else before it had seen this file, which the next worker may have.
                lostWorkers.insert(worker)
            } catch CallError.workerDied(let worker, let status, .maybeExecuted) {
                lostWorkers.insert(worker)
                return .crashed(status)
            } catch CallError.timeout(let limit, _, _, _) {
                return .unreadable(reason: "no answer within \(limit)")
            }
        }
    }

    private func add(_ row: Row) {
        rows.append(row)
        if case .crashed = row.outcome { crashed += 1 }
        if let text = progress?.update(done: rows.count, crashed: crashed, now: .now) { writeToStandardError(text) }
    }
}
