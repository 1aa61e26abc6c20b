import ActorCluster
import Distributed

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Does small pieces of work, and what is asked for the show.
distributed actor Laborer {
    typealias ActorSystem = ClusterActorSystem

    private let slot: Int
    private var hoard: [[UInt8]] = []

    init(slot: Int, actorSystem: ActorSystem) {
        self.slot = slot
        self.actorSystem = actorSystem
    }

    /// A little waiting, as for a database. Tells who has done it.
    distributed func work() async throws -> Int {
        try await Task.sleep(for: .milliseconds(2))
        return slot
    }

    /// Takes memory and keeps it, as a leak does.
    distributed func bloat(megabytes: Int) { hoard.append([UInt8](repeating: 1, count: megabytes << 20)) }

    /// Ends the process without being asked to by its primary.
    distributed func leave() { exit(0) }
}
