import ActorCluster
import Terminal

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Workers that are killed, hung, bloated and told to exit while they serve calls, and what becomes of the calls.
@main
enum Restart {
    static let laborers = WorkerGroup("laborers") { worker in
        Laborer(slot: worker.id.slot, actorSystem: worker.actorSystem)
    }

    static func main() async {
        do {
            // The arguments are the primary's to read.
            if Cluster.isWorker { return try await Cluster.run(laborers) { _ in } }
            switch try Command(parsing: CommandLine.arguments.dropFirst()) {
            case .help: print(Command.usage)
            case .run(let arguments): exit(try await Show(arguments).run())
            }
        } catch let error as UsageError {
            fail("\(error) (try --help)", exitCode: 2)
        } catch {
            fail("\(error)", exitCode: 1)
        }
    }

    private static func fail(_ message: String, exitCode: Int32) -> Never {
        writeToStandardError("Restart: \(message)\n")
        exit(exitCode)
    }
}
