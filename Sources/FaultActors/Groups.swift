public import ActorCluster

/// The groups that the tests' worker program knows.
public enum Groups {
    /// Workers that do as they are asked, and leave a marker when they shut down; slot 3 does not finish doing so.
    public static let probes = WorkerGroup("probes") { worker in
        OwnLife.keep(worker)
        worker.onShutdown {
            OwnLife.leaveNotes()
            // Into a pipe that nobody reads if the primary is gone, which must not end this.
            if Markers.areWanted { say("shutting down\n") }
            Markers.leave("shutdown-\(worker.id.slot)")
            if worker.id.slot == 3, Markers.areWanted { try? await Task.sleep(for: .seconds(3_600)) }
        }
        return Probe(worker: worker.id, tags: worker.tags, actorSystem: worker.actorSystem)
    }

    /// A second pool of the same kind.
    public static let others = WorkerGroup("others") { worker in
        Probe(worker: worker.id, tags: worker.tags, actorSystem: worker.actorSystem)
    }

    /// A third.
    public static let more = WorkerGroup("more") { worker in
        Probe(worker: worker.id, actorSystem: worker.actorSystem)
    }

    /// Workers that have their work done by `others`.
    public static let fronts = WorkerGroup("fronts") { worker in Front(worker) }

    /// Workers with another root actor.
    public static let strangers = WorkerGroup("strangers") { worker in Stranger(actorSystem: worker.actorSystem) }

    /// Workers whose root actor is called through a protocol.
    public static let greeters = WorkerGroup("greeters") { worker in EnglishGreeter(actorSystem: worker.actorSystem) }

    /// Workers whose root actor gives back values.
    public static let shapes = WorkerGroup("shapes") { worker in Shapes(actorSystem: worker.actorSystem) }

    /// Workers whose root actor says how it is.
    public static let reporters = WorkerGroup("reporters") { worker in Reporter(actorSystem: worker.actorSystem) }

    /// Workers that get and give shared buffers.
    public static let archives = WorkerGroup("archives") { worker in Archive(actorSystem: worker.actorSystem) }

    /// Its factory throws.
    public static let throwing = WorkerGroup("throwing") { (_: WorkerContext) async throws -> Probe in
        throw UnlistedError(description: "no db")
    }

    /// Its factory traps, with a message that optimised programs print, too.
    public static let trapping = WorkerGroup("trapping") { (_: WorkerContext) async throws -> Probe in
        fatalError("no probe today")
    }

    /// Its factory never returns.
    public static let endless = WorkerGroup("endless") { worker in
        try await Task.sleep(for: .seconds(3_600))
        return Probe(worker: worker.id, actorSystem: worker.actorSystem)
    }

    /// Its factory takes 200 ms.
    public static let slow = WorkerGroup("slow") { worker in
        try await Task.sleep(for: .milliseconds(200))
        return Probe(worker: worker.id, actorSystem: worker.actorSystem)
    }

    /// Its factory tries to start a cluster.
    public static let nested = WorkerGroup("nested") { (worker: WorkerContext) async throws -> Probe in
        try await Cluster.run { _ in }
        return Probe(worker: worker.id, actorSystem: worker.actorSystem)
    }

    /// Workers that no fault is meant for.
    public static let bystanders = WorkerGroup("bystanders") { worker in
        Probe(worker: worker.id, actorSystem: worker.actorSystem)
    }

    /// Workers with two pieces of work for their end, of which the one that is registered last sends five notes.
    public static let leavers = WorkerGroup("leavers") { worker in
        worker.onShutdown {
            // The other has been done.
            let isLast = Counters.count(of: "first") == 1
            Markers.leave("\(isLast ? "second" : "wrong")-\(worker.id.slot)")
        }
        worker.onShutdown {
            Counters.add("first")
            await LastWords.say()
            Markers.leave("first-\(worker.id.slot)")
        }
        return Probe(worker: worker.id, actorSystem: worker.actorSystem)
    }

    /// All that the worker program lists.
    public static let all: [any AnyWorkerGroup] = [
        probes, others, strangers, greeters, throwing, trapping, endless, slow, nested, shapes, reporters, more,
        leavers, bystanders, fronts, announcers, servants, archives, postmen, listeners, streamers, doormen,
        servers, couriers, clerks,
    ]

    /// What both sides list.
    public static var options: ClusterOptions {
        var options = ClusterOptions()
        options.errors = [ListedError.self]
        return options
    }
}
