import ActorCluster
import Terminal

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A worker process that is told what to do, and how to be, by commands: methods of its actor.
@main
enum Commands {
    static let factorizers = WorkerGroup("factorizers") { worker in Factorizer(actorSystem: worker.actorSystem) }

    static let usage = """
        Usage: Commands COMMAND...

        Starts a worker process that takes numbers apart, and sends it these commands in turn:

          factors=NUMBER     its prime factors
          stats              how often it was asked, and has known the answer already
          clearCache         forget all answers
          configure=NUMBER   keep so many answers from now on
          reload             keep as many as FACTORIZER_CACHE in the environment says, or 100
          healthCheck        how it is

        Exit code: 0; 64 if a command makes no sense.
        """

    static func main() async throws {
        // A worker has the arguments of its primary.
        let words = Array(CommandLine.arguments.dropFirst())
        if words.isEmpty || words == ["--help"] { return print(usage) }
        let commands: [Command]
        do throws(UsageError) {
            commands = try words.map { word throws(UsageError) in try Command(word) }
        } catch {
            writeToStandardError("Commands: \(error) (try --help)\n")
            exit(EX_USAGE)
        }
        try await Cluster.run(factorizers) { cluster in
            let worker = try await cluster.start(factorizers, count: 1).workers[0]
            for (word, command) in zip(words, commands) { print("\(word): \(try await command.send(to: worker))") }
        }
    }
}
