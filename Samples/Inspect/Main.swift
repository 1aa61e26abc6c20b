import ActorCluster
import Terminal

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Inspects the files of a directory in worker processes. A file that crashes its inspector costs one row.
@main
enum Inspect {
    static let inspectors = WorkerGroup("inspectors") { worker in FileInspector(actorSystem: worker.actorSystem) }

    static func main() async {
        do {
            // The arguments are the primary's to read. A worker has the same ones, but learns from its calls what to
            // do.
            if Cluster.isWorker { return try await Cluster.run(inspectors) { _ in } }
            switch try Command(parsing: CommandLine.arguments.dropFirst()) {
            case .help: print(Command.usage)
            case .inspect(let arguments): exit(try await inspect(arguments))
            }
        } catch let error as UsageError {
            fail("\(error) (try --help)", exitCode: 2)
        } catch {
            fail("\(error)", exitCode: 1)
        }
    }

    /// Returns the exit code.
    private static func inspect(_ arguments: Arguments) async throws -> Int32 {
        let start = ContinuousClock.now
        let tree: DirectoryTree
        do {
            tree = try DirectoryTree(of: RawPath(arguments.directory))
        } catch {
            fail("\(arguments.directory): \(error)", exitCode: 2)
        }
        let run = InspectionRun(tree.files, arguments: arguments, showsProgress: isatty(STDERR_FILENO) == 1)
        try await Cluster.run(inspectors) { cluster in
            let pool = try await cluster.start(
                inspectors, count: arguments.workers, options: poolOptions(arguments))
            try await run.inspectAll(with: pool)
        }
        let unreadable = tree.unreadable.map { Row(path: $0.key, outcome: .unreadable(reason: $0.value.description)) }
        let report = Report(
            rows: await run.rows + unreadable, workers: await run.workerCount, replaced: await run.lostWorkers.count,
            elapsed: .now - start)
        if arguments.isJSON {
            print(try report.json())
        } else {
            for line in report.table.lines { print(line) }
            for line in report.summary { print(line) }
        }
        return report.exitCode
    }

    private static func poolOptions(_ arguments: Arguments) -> PoolOptions {
        var options = PoolOptions()
        // Any number of files may crash their inspector, and none of the others should have to wait for that.
        options.intensity = .unlimited
        options.backoff = .none
        if arguments.trapOn != nil {
            // These crashes are wanted, so nobody needs their backtraces, and hundreds of them would bury the lines
            // that say which files it was. (In a debug build the runtime prints a short stack nevertheless.)
            options.process.environment["SWIFT_BACKTRACE"] = "enable=no"
        }
        return options
    }

    private static func fail(_ message: String, exitCode: Int32) -> Never {
        writeToStandardError("Inspect: \(message)\n")
        exit(exitCode)
    }
}
