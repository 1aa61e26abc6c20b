import ActorCluster
import ArgumentParser
import Hummingbird

/// The command line. Workers are started with the primary's arguments, so they read the same settings from it.
@main
struct WebService: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "WebService",
        abstract: "An HTTP service whose heavy jobs run in processes of their own.",
        discussion: """
            GET /light answers after a short wait. GET /heavy has an idle report worker compute, and answers with \
            the result (200), that it took too long (504), that too many wait already (503), or that the worker \
            died (500). GET /stats tells of the workers, /version and /pid of the one that answers. SIGHUP puts a new \
            process into the place of each worker, from what is on the disk then, while requests are answered. \
            SIGTERM or Ctrl-C ends the service when all requests are answered.
            """)

    @Option(help: "The port on 127.0.0.1; 0 for one that is free.")
    var port = 8080
    @Option(help: "Which HTTP worker gets a connection.")
    var distribution = Distribution.shared
    @Option(help: "How many processes answer HTTP.")
    var httpWorkers = 2
    @Option(help: "How many processes compute reports, one at a time each.")
    var reportWorkers = 2
    @Option(help: "How many heavy jobs may wait for a report worker.")
    var queue = 2
    @Option(help: "Milliseconds that /light waits.")
    var lightMs = 50
    @Option(help: "Milliseconds that /heavy computes.")
    var heavyMs = 5_000
    @Option(help: "Milliseconds after which /heavy is given up, waiting included.")
    var heavyLimitMs = 10_000
    @Option(help: "A file with the version, for /version: each HTTP worker reads it when it starts.")
    var versionFile: String?
    @Flag(help: "Answer /light in this one process, without workers: for comparison.")
    var plain = false

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("There is no such port.") }
        guard httpWorkers > 0, reportWorkers > 0 else { throw ValidationError("There must be a worker of each kind.") }
        guard queue >= 0, lightMs >= 0, heavyMs >= 0, heavyLimitMs > 0 else {
            throw ValidationError("Neither times nor the queue can be negative.")
        }
    }

    func run() async throws {
        if plain {
            let routes = Router()
            routes.addLight(waiting: .milliseconds(lightMs))
            try await PlainServer.run(routes, port: port)
        } else {
            let service = Service(settings: self)
            var options = ClusterOptions()
            options.signals = .stopAndReload
            try await Cluster.run(service.reports, service.fronts, options: options) { try await service.run(in: $0) }
        }
    }
}

/// A `ConnectionDistribution`, as it is written on the command line.
enum Distribution: String, CaseIterable, ExpressibleByArgument {
    case shared
    case roundRobin
    case leastBusy
    case reusePort

    var value: ConnectionDistribution {
        switch self {
        case .shared: .shared
        case .roundRobin: .roundRobin
        case .leastBusy: .leastBusy
        case .reusePort: .reusePort
        }
    }
}
