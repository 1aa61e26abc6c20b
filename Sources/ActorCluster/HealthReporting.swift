public import Distributed

/// A root actor that knows better than its event loop whether it is well: whether its database answers, its disk has
/// room.
///
/// Asked every 10 s (`HealthPolicy.checkEvery`), one check at a time. When it takes 30 s (`checkLimit`) or throws
/// three times running (`checkFailures`) the worker is drained and replaced, and counts as failed. What it returns is
/// in `HealthReport.details`; more than 8 KiB of it count as an error.
public protocol HealthReporting: DistributedActor where ActorSystem == ClusterActorSystem {
    /// Details for whoever looks, by name. Throws when this worker should be replaced.
    distributed func healthCheck() async throws -> [String: String]
}
