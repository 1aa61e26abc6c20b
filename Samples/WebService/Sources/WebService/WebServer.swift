import Hummingbird
import Logging
import ServiceLifecycle

/// A Hummingbird application that runs beside what else a process does.
struct WebServer: Sendable {
    /// Ends when the last request has been answered after `shutDown`; throws when the server failed.
    let running: Task<Void, any Error>
    private let services: ServiceGroup

    /// Returns when the port is open, and throws why it cannot be.
    static func start(_ routes: Router<BasicRequestContext>, port: Int) async throws -> WebServer {
        let (openings, opening) = AsyncThrowingStream<Void, any Error>.makeStream()
        let application = application(routes, port: port) { opening.yield() }
        let services = ServiceGroup(services: [application], logger: application.logger)
        let running = Task {
            do {
                try await services.run()
            } catch {
                opening.finish(throwing: CannotServe(port: port, reason: "\(error)"))
                throw error
            }
        }
        for try await _ in openings { break }
        return WebServer(running: running, services: services)
    }

    static func application(
        _ routes: Router<BasicRequestContext>, port: Int, onOpening: @escaping @Sendable () -> Void = {}
    ) -> some ApplicationProtocol {
        var logger = Logger(label: "WebService")
        logger.logLevel = .critical
        return Application(
            router: routes, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { _ in onOpening() }, logger: logger)
    }

    /// Accepts no more connections, and returns when the requests that are there have been answered.
    func shutDown() async {
        await services.triggerGracefulShutdown()
        _ = await running.result
    }
}

/// The port is in use, most likely.
struct CannotServe: Error, CustomStringConvertible {
    let port: Int
    let reason: String

    var description: String { "cannot serve HTTP on 127.0.0.1:\(port): \(reason)" }
}
