import ActorCluster
import Distributed
import Hummingbird

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The root actor of an HTTP worker. Its server runs beside it.
distributed actor WebFront {
    typealias ActorSystem = ClusterActorSystem

    init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    static func start(in worker: WorkerContext, reports: Reporter, settings: WebService) async throws -> WebFront {
        let routes = Router()
        routes.addLight(waiting: .milliseconds(settings.lightMs))
        routes.addHeavy(
            computing: .milliseconds(settings.heavyMs), within: .milliseconds(settings.heavyLimitMs), by: reports)
        routes.addStatistics(from: worker.actorSystem)
        routes.addIdentity(version: try version(in: settings.versionFile))

        let server = WebServer.start(routes, in: worker)
        worker.onShutdown { await server.shutDown() }
        return WebFront(actorSystem: worker.actorSystem)
    }

    private static func version(in file: String?) throws -> String {
        guard let file else { return "1" }
        return try String(contentsOfFile: file, encoding: .utf8).split(whereSeparator: \.isNewline).first.map(
            String.init) ?? ""
    }
}
