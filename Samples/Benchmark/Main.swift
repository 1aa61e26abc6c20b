import ActorCluster
import Terminal

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Measures what calls to worker processes cost, beside the same work in C.
@main
enum Benchmark {
    static func main() async {
        do {
            // The arguments are the primary's to read.
            if Cluster.isWorker { return try await Cluster.run(Subject.group) { _ in } }
            switch try Command(parsing: CommandLine.arguments.dropFirst()) {
            case .help: print(Command.usage)
            case .fairness: try await Fairness.run()
            case .run(let arguments):
                let plan = try Plan(arguments, secondsText: environment("BENCH_SECS"))
                if arguments.place == .one, Machine.processors > 1 { try Machine.restartOnOneProcessor() }
                try await Session(arguments, plan).run()
            }
        } catch let error as UsageError {
            fail("\(error) (try --help)", exitCode: EX_USAGE)
        } catch {
            fail("\(error)", exitCode: 1)
        }
    }

    private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    private static func fail(_ message: String, exitCode: Int32) -> Never {
        writeToStandardError("Benchmark: \(message)\n")
        exit(exitCode)
    }
}
