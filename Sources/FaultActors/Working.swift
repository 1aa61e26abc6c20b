public import ActorCluster
public import Distributed
import ProcessIO

/// A piece of work that a worker has done, by a clock that all processes share.
public struct Work: Codable, Hashable, Sendable {
    /// Who did it.
    public var worker: WorkerID
    /// What it was called.
    public var name: String
    /// In nanoseconds.
    public var began: Int64
    /// In nanoseconds.
    public var ended: Int64
}

extension Probe {
    /// Takes so long without using the processor. `call` is `nil` for work that may be done twice.
    public distributed func work(_ name: String, milliseconds: Int, call: UInt64?) async throws -> Work {
        if let call { RunRecords.add(call) }
        Counters.add(name)
        let began = MonotonicClock.now.nanoseconds
        try await Task.sleep(for: .milliseconds(milliseconds))
        return Work(worker: worker, name: name, began: began, ended: MonotonicClock.now.nanoseconds)
    }

    /// The same, counted.
    public nonisolated func work(_ name: String = "work", milliseconds: Int) async throws -> Work {
        try await counted { try await self.work(name, milliseconds: milliseconds, call: $0) }
    }

    /// Makes the next process in this slot exit, too, and so on, unless it is the last. Not counted.
    public distributed func exitUnlessIn(slot: Int, code: Int32) -> Int {
        if worker.slot != slot { leaveProcess(code) }
        return worker.slot
    }
}

/// A worker that has its work done by another pool.
public distributed actor Front {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    private let worker: WorkerContext

    init(_ worker: WorkerContext) {
        self.worker = worker
        actorSystem = worker.actorSystem
    }

    /// Done by some worker of the group `others`, by one with a tag, or by the one of a key.
    public distributed func passOn(milliseconds: Int, tag: String?, key: String?) async throws -> Work {
        let actor: Probe =
            if let tag {
                try worker.actor(of: Groups.others, tag: tag)
            } else if let key {
                try worker.actor(of: Groups.others, for: key)
            } else {
                try worker.actor(of: Groups.others)
            }
        return try await actor.work("passed on", milliseconds: milliseconds, call: nil)
    }

    /// What a group that the primary does not list is worth.
    public distributed func askUnlisted() throws {
        _ = try worker.actor(of: WorkerGroup("unlisted") { Probe(worker: $0.id, actorSystem: $0.actorSystem) })
    }
}
