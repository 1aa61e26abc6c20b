import ActorCluster
import Distributed
import Hummingbird

/// What `GET /stats` answers with.
struct ServiceFigures: ResponseCodable, Sendable {
    struct Worker: Codable, Sendable {
        let name: String
        let pid: Int32?
        let state: WorkerState
        let restarts: Int
        let running: UInt64
        let completed: UInt64
        let connections: ConnectionStatistics
        /// Resident bytes.
        let memory: Int?
    }

    struct Pool: Codable, Sendable {
        let workers: [Worker]
        let waiting: Int
        let overloaded: UInt64
        let connections: ConnectionStatistics
        let waitP99: Milliseconds
        let latencyP50: Milliseconds
        let latencyP99: Milliseconds
    }

    typealias Milliseconds = Double

    let http: Pool
    let reports: Pool
}

/// Lives in the primary, where the pools are known; the HTTP workers ask it, and find it by its name.
distributed actor Statistics {
    typealias ActorSystem = ClusterActorSystem

    static let name = "statistics"

    private let fronts: WorkerPool<WebFront>
    private let reports: WorkerPool<Reporter>

    init(fronts: WorkerPool<WebFront>, reports: WorkerPool<Reporter>, actorSystem: ClusterActorSystem) {
        self.fronts = fronts
        self.reports = reports
        self.actorSystem = actorSystem
    }

    distributed func figures() -> ServiceFigures {
        ServiceFigures(http: ServiceFigures.Pool(fronts), reports: ServiceFigures.Pool(reports))
    }
}

extension ServiceFigures.Pool {
    init(_ pool: WorkerPool<some DistributedActor>) {
        let now = pool.statistics
        workers = now.workers.map { ServiceFigures.Worker($0) }
        waiting = now.queued
        overloaded = now.queue.overloaded
        connections = now.connections
        waitP99 = now.queue.wait.p99 / .milliseconds(1)
        latencyP50 = now.calls.latency.p50 / .milliseconds(1)
        latencyP99 = now.calls.latency.p99 / .milliseconds(1)
    }
}

extension ServiceFigures.Worker {
    fileprivate init(_ now: WorkerStatistics) {
        pid = now.pid
        name = "\(now.worker)"
        state = now.state
        restarts = now.restarts
        running = now.calls.inFlight
        completed = now.calls.completed
        connections = now.connections
        memory = now.memory
    }
}
