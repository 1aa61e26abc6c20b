import ActorCluster
import Distributed
import Logging

/// Which workers there are, and what the primary does: it starts them and watches; HTTP and computing are theirs.
struct Service: Sendable {
    let settings: WebService

    var reports: WorkerGroup<Reporter> {
        WorkerGroup("reports") { worker in Reporter(name: "\(worker.id)", actorSystem: worker.actorSystem) }
    }

    var fronts: WorkerGroup<WebFront> {
        WorkerGroup("http") { worker in
            try await WebFront.start(in: worker, reports: worker.actor(of: reports), settings: settings)
        }
    }

    func run(in cluster: Cluster) async throws {
        let events = cluster.events
        // What is started last stops first: reports go on until the last request is answered.
        let reportPool = try await cluster.start(reports, count: settings.reportWorkers, options: reportOptions)
        let frontPool = try await cluster.start(fronts, count: settings.httpWorkers, options: frontOptions)
        let statistics = Statistics(fronts: frontPool, reports: reportPool, actorSystem: cluster.actorSystem)
        let log = Logger(label: "WebService")
        log.info("listening on 127.0.0.1, ports \(settings.port) to \(settings.port + settings.httpWorkers - 1)")

        for await event in events {
            switch event.kind {
            case .ready where event.group == fronts.name:
                // Also a replacement, which knows nothing of what its predecessor was told.
                guard let slot = event.worker?.slot else { continue }
                try? await frontPool.workers[slot].actor.use(statistics)
            case .exited(_, intentional: false, _, _), .restarting, .gaveUp, .error:
                log.warning("\(event)")
            default: continue
            }
        }
    }

    private var reportOptions: PoolOptions {
        var options = PoolOptions()
        options.scheduling = .idleFirst(capacity: 1)
        options.limits.queue = settings.queue
        return options
    }

    private var frontOptions: PoolOptions {
        var options = PoolOptions()
        // The longest request may have just begun.
        options.timeouts.drain = .milliseconds(settings.heavyLimitMs) + .seconds(2)
        return options
    }
}
