package import Distributed
import ProcessIO

/// The actors of this process that others may call, by number, and what may be called on each.
package final class LocalActors: Sendable {
    /// What a call finds.
    package enum Found {
        case callable(any DistributedActor, TargetEntry)
        case noActor
        case noTarget
        /// It cannot be called from outside; the text says what to do.
        case refused(String)
    }

    /// An object, because a copy of a weak reference costs more than all the rest of finding an actor.
    private final class Entry: Sendable {
        weak let actor: (any DistributedActor)?
        let targets: ActorTargets?
        let refusal: String?

        init(actor: any DistributedActor, targets: ActorTargets?, refusal: String?) {
            self.actor = actor
            self.targets = targets
            self.refusal = refusal
        }
    }

    private struct State {
        var lastNumber: UInt64 = 0
        var entries: [UInt64: Entry] = [:]
        var targetsByType: [ObjectIdentifier: ActorTargets] = [:]
        /// Number 0 of a worker. Held, as nobody else may hold it.
        var root: (any DistributedActor)?
    }

    private let table: TargetTable
    private let state = Lock(State())

    package init(table: TargetTable) { self.table = table }

    /// A number that no other actor of this process has, had or will have.
    package func assignNumber() -> UInt64 {
        state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
    }

    /// The actor can be called from now on, until it is released.
    package func ready(_ actor: any DistributedActor, number: UInt64) {
        let entry = makeEntry(actor)
        state.withLock { $0.entries[number] = entry }
    }

    /// Makes an actor the one that number 0 means, and holds it.
    package func setRoot(_ actor: any DistributedActor) {
        let entry = makeEntry(actor)
        state.withLock { state in
            state.entries[ActorID.rootNumber] = entry
            state.root = actor
        }
    }

    package func remove(number: UInt64) { state.withLock { _ = $0.entries.removeValue(forKey: number) } }

    package func actor(number: UInt64) -> (any DistributedActor)? { state.withLock { $0.entries[number]?.actor } }

    package var count: Int { state.withLock { $0.entries.count } }

    package func find(actor number: UInt64, target: UInt64) -> Found {
        guard let entry = state.withLock({ $0.entries[number] }), let actor = entry.actor else { return .noActor }
        if let refusal = entry.refusal { return .refused(refusal) }
        guard let index = Int(exactly: target), let found = entry.targets?.entry(numbered: index) else {
            return .noTarget
        }
        if found.target.isGeneric {
            return .refused(ClusterActorSystem.genericMethod(table.readableName(of: found.target.name)))
        }
        return .callable(actor, found)
    }

    private func makeEntry(_ actor: any DistributedActor) -> Entry {
        let type = type(of: actor)
        if let refusal = table.refusalReason(for: type) {
            return Entry(actor: actor, targets: nil, refusal: refusal)
        }
        let key = ObjectIdentifier(type)
        if let known = state.withLock({ $0.targetsByType[key] }) {
            return Entry(actor: actor, targets: known, refusal: nil)
        }
        let targets = table.targets(of: type)
        state.withLock { $0.targetsByType[key] = targets }
        return Entry(actor: actor, targets: targets, refusal: nil)
    }
}
