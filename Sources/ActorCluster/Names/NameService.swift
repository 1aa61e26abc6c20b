import Distributed
import ProcessIO

/// The primary's names, as workers call them. It lives under a number that every process knows.
distributed actor NameService {
    typealias ActorSystem = ClusterActorSystem

    /// Of the numbers that no actor of a program ever gets.
    static let number = UInt64.max

    private let names: NameRegistry

    init(_ names: NameRegistry, actorSystem: ClusterActorSystem) {
        self.names = names
        self.actorSystem = actorSystem
    }

    distributed func register(_ actor: NamedActor, replacing gone: ActorID?) -> NameTable.Refusal? {
        names.register(actor, replacing: gone)
    }

    /// False: the actor does not have it.
    distributed func unregister(_ name: String, of id: ActorID) -> Bool { names.unregister(name, of: id) }

    distributed func resigned(_ id: ActorID) { names.resigned(id) }

    /// Waits for so many nanoseconds at most.
    distributed func find(_ name: String, waiting: Int64) async -> NameFinding {
        await names.find(name, until: MonotonicClock.now + .nanoseconds(waiting))
    }

    /// `nil`: as many wait as may.
    distributed func news(of type: String, _ question: NameQuestion) async -> NameNews? {
        await names.news(of: type, question)
    }
}

extension ClusterActorSystem {
    /// In a worker.
    private var nameService: NameService {
        get throws {
            try NameService.resolve(id: ActorID(scope: .primary, number: NameService.number), using: self)
        }
    }

    nonisolated(nonsending) func register(_ actor: NamedActor, replacing gone: ActorID?) async throws
        -> NameTable.Refusal?
    {
        if let names { return names.register(actor, replacing: gone) }
        return try await nameService.register(actor, replacing: gone)
    }

    nonisolated(nonsending) func unregister(_ name: String, of id: ActorID) async throws -> Bool {
        if let names { return names.unregister(name, of: id) }
        return try await nameService.unregister(name, of: id)
    }

    nonisolated(nonsending) func find(_ name: String, waiting: Duration) async throws -> NameFinding {
        var scope = CallScope.current
        let now = MonotonicClock.now
        if let names { return await names.find(name, until: min(now + waiting, scope.deadline)) }
        // The wait is not the primary's slowness.
        if scope.limit == .standard { scope.limit = .of(callTimeout + waiting) }
        let service = try nameService
        return try await CallScope.$current.withValue(scope) {
            try await service.find(name, waiting: waiting.wholeNanoseconds)
        }
    }

    /// Waits as long as it takes. `over`: the cluster has ended, or the task is cancelled.
    nonisolated(nonsending) func nameNews(of type: String, _ question: NameQuestion) async throws -> NameNews {
        do {
            if let names { return try Self.notTooMany(await names.news(of: type, question)) }
            let service = try nameService
            return try await CallScope.$current.withValue(.unlimited) {
                try Self.notTooMany(try await service.news(of: type, question))
            }
        } catch is CancellationError {
            return .over
        } catch CallError.workerDied {
            return .over
        }
    }

    private static func notTooMany(_ news: NameNews?) throws -> NameNews {
        guard let news else { throw CallError.tooManyWaitForNames }
        return news
    }

    /// An actor that may have names is gone.
    func resignNames(of id: ActorID) {
        if let names { return names.resigned(id) }
        // An actor ends where nothing can wait, and its end is nobody's task. Until the primary has heard of it the
        // actor's own process has the name to give (`NameTable.register`).
        Task.detached {
            try? await CallScope.$current.withValue(.unlimited) {
                try await self.nameService.resigned(id)
            }
        }
    }
}

extension CallError {
    static var tooManyWaitForNames: CallError {
        .overloaded(group: "names", queued: Limits.nameWaits, limit: Limits.nameWaits)
    }
}

/// The full name of an actor type, the same in every process that runs the same source. That of a private type has an
/// address in it, which is left out.
package func actorTypeName(_ type: any Any.Type) -> String {
    var name = _typeName(type, qualified: true)
    while let start = name.firstRange(of: " at $")?.lowerBound {
        let end = name[start...].firstIndex(of: ")") ?? name.endIndex
        name.removeSubrange(start..<end)
    }
    return name
}
