import ActorCluster
import Distributed

distributed actor Echo {
    typealias ActorSystem = ClusterActorSystem

    distributed func ping(_ text: String) -> String { "\(text), said to \(id)" }
}

@main
enum Ping {
    static let echoes = WorkerGroup("echoes") { worker in Echo(actorSystem: worker.actorSystem) }

    static func main() async throws {
        try await Cluster.run(echoes) { cluster in
            let pool = try await cluster.start(echoes, count: 2)
            for worker in pool.workers {
                print("\(worker.id), process \(worker.pid ?? 0):", try await worker.actor.ping("hello"))
            }
        }
    }
}
