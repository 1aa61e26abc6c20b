import ActorCluster
import Distributed
import Hummingbird

/// A heavy job.
struct ReportRequest: Codable, Sendable {
    let computing: Duration
    let seed: UInt64
}

/// What came of it.
struct Report: ResponseCodable, Sendable {
    let worker: String
    let samples: Int
    let pi: Double
}

/// Computes reports, one at a time: its pool gives it no second one meanwhile.
distributed actor Reporter {
    typealias ActorSystem = ClusterActorSystem

    private let name: String

    init(name: String, actorSystem: ClusterActorSystem) {
        self.name = name
        self.actorSystem = actorSystem
    }

    /// Keeps a processor busy. Throws `CancellationError` as soon as nobody waits for the result any more: the
    /// caller's deadline has passed, its connection was closed, or its process is gone.
    distributed func report(_ request: ReportRequest) throws -> Report {
        var estimate = PiEstimate(seed: request.seed)
        let end = ContinuousClock.now + request.computing
        while ContinuousClock.now < end {
            try Task.checkCancellation()
            estimate.sample(times: 10_000)
        }
        return Report(worker: name, samples: estimate.samples, pi: estimate.value)
    }
}
