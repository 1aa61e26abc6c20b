import ActorCluster
import Distributed
import FaultActors

/// A greeter that only this program has. Others know the protocol.
distributed actor Butler: Greeter {
    typealias ActorSystem = ClusterActorSystem

    private var greeted = 0

    static let group = WorkerGroup("butlers") { Butler(actorSystem: $0.actorSystem) }

    distributed func greet(_ name: String) async throws -> String {
        greeted += 1
        guard name != "the burglar" else { throw ListedError(code: greeted, hint: "no") }
        return "Good evening, \(name); you are number \(greeted)"
    }
}
