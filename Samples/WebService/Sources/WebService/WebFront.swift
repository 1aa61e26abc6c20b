import ActorCluster
import Distributed
import Hummingbird

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The root actor of an HTTP worker. Its server runs beside it.
distributed actor WebFront {
    typealias ActorSystem = ClusterActorSystem

    /// Lives in the primary, which says where when this worker is ready.
    private var statistics: Statistics?

    init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    /// Returns when the worker's port is open, so that `ready` means that it answers.
    static func start(in worker: WorkerContext, reports: Reporter, settings: WebService) async throws -> WebFront {
        let front = WebFront(actorSystem: worker.actorSystem)
        let routes = Router()
        routes.addLight(waiting: .milliseconds(settings.lightMs))
        routes.addHeavy(
            computing: .milliseconds(settings.heavyMs), within: .milliseconds(settings.heavyLimitMs), by: reports)
        routes.addStatistics(of: front)

        let server = try await WebServer.start(routes, port: settings.port + worker.id.slot)
        worker.onShutdown { await server.shutDown() }
        Task {
            do {
                try await server.running.value
            } catch {
                // Without its server the process is of no use; another one takes its place.
                worker.report(error)
                exit(1)
            }
        }
        return front
    }

    distributed func use(_ statistics: Statistics) { self.statistics = statistics }

    distributed func figures() async throws -> ServiceFigures? { try await statistics?.figures() }
}
