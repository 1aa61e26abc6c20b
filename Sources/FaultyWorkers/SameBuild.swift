import ActorCluster
import FaultActors

/// A primary whose workers run the same binary, as they do in most programs. Throws unless calls in every direction
/// return, and no frame goes to a worker or comes from it but those of hello, ready and the calls.
enum SameBuild {
    struct Difference: Error { let what: String }

    static func run() async throws {
        try await Cluster.run(Groups.all, options: Groups.options) { cluster in
            let probes = try await cluster.start(Groups.probes, count: 1)
            let others = try await cluster.start(Groups.others, count: 1)
            let far = try await probes.actor.makeBouncer()
            let near = Bouncer(actorSystem: cluster.actorSystem)
            try expect(try await far.bounce(depth: 4, with: near) == 4, "calls to and fro")
            try expect(try await far.ask(others.actor) == others.workers[0].pid, "a call that is passed on")
            let counts = cluster.actorSystem.routes.peer(probes.workers[0].id.incarnation)?.counts()
            // Calls to the worker: one for the bouncer, three of the bounces, one that asks; from it: two bounces,
            // one question.
            try expect(counts?.framesSent == 1 + 5 + 3, "\(String(describing: counts?.framesSent)) frames sent")
            try expect(counts?.framesReceived == 2 + 5 + 3, "\(String(describing: counts?.framesReceived)) received")
            withExtendedLifetime(near) {}
        }
    }

    private static func expect(_ isRight: Bool, _ what: String) throws {
        if !isRight { throw Difference(what: what) }
    }
}
