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
            died (500). GET /stats tells of the workers. SIGTERM or Ctrl-C ends the service when all requests are \
            answered.
            """)

    @Option(help: "The port of the first HTTP worker on 127.0.0.1; the others have the ports after it.")
    var port = 8080
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
    @Flag(help: "Answer /light in this one process, without workers: for comparison.")
    var plain = false

    func validate() throws {
        guard port > 0, port + httpWorkers <= 65_536 else { throw ValidationError("There are no such ports.") }
        guard httpWorkers > 0, reportWorkers > 0 else { throw ValidationError("There must be a worker of each kind.") }
        guard queue >= 0, lightMs >= 0, heavyMs >= 0, heavyLimitMs > 0 else {
            throw ValidationError("Neither times nor the queue can be negative.")
        }
    }

    func run() async throws {
        if plain {
            let routes = Router()
            routes.addLight(waiting: .milliseconds(lightMs))
            try await WebServer.application(routes, port: port).runService()
        } else {
            let service = Service(settings: self)
            try await Cluster.run(service.reports, service.fronts) { try await service.run(in: $0) }
        }
    }
}
