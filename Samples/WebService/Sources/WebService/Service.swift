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
        // Before there are workers: a port that cannot be had is known first, and who connects already waits for them.
        let listener = try await cluster.listen(
            on: .tcp(host: "127.0.0.1", port: settings.port), as: WebServer.listener, for: fronts,
            distribution: settings.distribution.value)
        // What is started last stops first: reports go on until the last request is answered.
        let reportPool = try await cluster.start(reports, count: settings.reportWorkers, options: reportOptions)
        let frontPool = try await cluster.start(fronts, count: settings.httpWorkers, options: frontOptions)
        let statistics = Statistics(fronts: frontPool, reports: reportPool, actorSystem: cluster.actorSystem)
        try await cluster.actorSystem.register(statistics, as: Statistics.name)
        // A name keeps nobody alive.
        defer { withExtendedLifetime(statistics) {} }
        let log = Logger.service
        log.info("listening on \(listener.address)")

        for await event in events {
            switch event.kind {
            case .reloaded: log.info("\(event)")
            case .exited(_, intentional: false, _, _), .restarting, .gaveUp, .error, .reloadFailed, .failedToInitialize,
                .suspect, .unhealthy, .overMemory:
                log.warning("\(event)")
            default: continue
            }
        }
    }

    private var reportOptions: PoolOptions {
        var options = PoolOptions()
        options.scheduling = .idleFirst(capacity: 1)
        options.limits.queue = settings.queue
        options.timeouts.drain = longestRequest
        return options
    }

    private var frontOptions: PoolOptions {
        var options = PoolOptions()
        options.timeouts.drain = longestRequest
        return options
    }

    /// It may have just begun when a worker is to leave.
    private var longestRequest: Duration { .milliseconds(settings.heavyLimitMs) + .seconds(2) }
}
