public import ActorCluster
public import Distributed

/// An actor of the primary with which workers can stop the cluster.
public distributed actor StopButton {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    private let cluster: Cluster

    /// In the primary.
    public init(_ cluster: Cluster) {
        self.cluster = cluster
        actorSystem = cluster.actorSystem
    }

    /// Does not wait for the stop, because its caller could not leave before.
    public distributed func press() {
        Task { [cluster] in await cluster.shutDown() }
    }
}

extension Probe {
    /// Presses it.
    public distributed func press(_ button: StopButton) async throws { try await button.press() }
}
