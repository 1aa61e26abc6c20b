import ActorCluster
import FaultActors

/// The tests' worker program, and, with arguments, primaries that a test can kill or that look at themselves.
@main
enum FaultyWorkers {
    static func main() async throws {
        _ = Surroundings.atStart
        let arguments = Array(CommandLine.arguments.dropFirst())
        if Cluster.isWorker {
            Indisposition.begin()
            try RogueWorker.run(arguments)
            try await Cluster.run(Groups.all + [Butler.group], options: Groups.options) { _ in }
        } else if arguments == ["watching"] {
            try await WatchingPrimary.run()
        } else if arguments == ["same-build"] {
            try await SameBuild.run()
        } else if arguments.first == "print" {
            try await PrintingPrimary.run(Array(arguments.dropFirst()))
        } else if arguments.first == "stop" {
            try await StoppingPrimary.run(Array(arguments.dropFirst()))
        } else if arguments.first == "host" {
            try await HostPrimary.run(Array(arguments.dropFirst()))
        } else if arguments.first == "crash-loop" {
            try await CrashLoopPrimary.run(Array(arguments.dropFirst()))
        } else if arguments == ["listen", "starved"] {
            try await StarvedPrimary.run()
        } else if arguments.prefix(2) == ["listen", "unprivileged"] {
            try await UnprivilegedPrimary.run(Array(arguments.dropFirst(2)))
        } else if arguments.first == "reload" {
            try await ReloadingPrimary.run(Array(arguments.dropFirst()))
        } else if arguments.first == "two" {
            try await TwoClusters.run(Array(arguments.dropFirst()))
        } else {
            try await DoomedPrimary.run(arguments)
        }
    }
}
