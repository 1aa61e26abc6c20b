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

    /// What an actor has outside of its process's table.
    struct Belongings {
        /// It was to be given one.
        var mayHaveNames = false
        var subscriptions: [ObjectIdentifier: ActorSubscription] = [:]
    }

    /// One object, so that a call that looks it up copies one reference.
    fileprivate final class Entry: Sendable {
        let actor: ActorReference
        let targets: ActorTargets?
        let refusal: String?

        init(actor: ActorReference, targets: ActorTargets?, refusal: String?) {
            (self.actor, self.targets, self.refusal) = (actor, targets, refusal)
        }
    }

    fileprivate struct State {
        var lastNumber: UInt64 = 0
        var entries = NumberTable<Entry>()
        var rootEntry: Entry?
        /// What ends with an actor, where it has anything.
        var belongings: [UInt64: Belongings] = [:]
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
        state.withLock { $0.entries.insert(number, entry) }
    }

    /// Makes an actor the one that number 0 means, and holds it.
    package func setRoot(_ actor: any DistributedActor) {
        let entry = makeEntry(actor)
        state.withLock { state in
            state.rootEntry = entry
            state.root = actor
        }
    }

    /// The actor is about to go. When this returns nobody gets a reference to it any more.
    func remove(number: UInt64) -> Belongings? {
        state.withLock { state in
            state.entries.remove(number)
            return state.belongings.removeValue(forKey: number)
        }
    }

    /// Its end will have to be told. False: there is no such actor.
    func mayHaveNames(number: UInt64) -> Bool {
        state.withLock { state in
            guard state.entries.contains(number) else { return false }
            state.belongings[number, default: Belongings()].mayHaveNames = true
            return true
        }
    }

    /// Ends with the actor. False: there is no such actor.
    func add(_ subscription: ActorSubscription, ofActor number: UInt64) -> Bool {
        state.withLock { state in
            guard state.entries.contains(number) else { return false }
            state.belongings[number, default: Belongings()].subscriptions[ObjectIdentifier(subscription)] =
                subscription
            return true
        }
    }

    /// It has ended before the actor.
    func remove(_ subscription: ActorSubscription, ofActor number: UInt64) {
        // The last reference to it may be this one, and must not go under the lock.
        _ = state.withLock { $0.belongings[number]?.subscriptions.removeValue(forKey: ObjectIdentifier(subscription)) }
    }

    package func actor(number: UInt64) -> (any DistributedActor)? { state.withLock { $0.find(number)?.actor } }

    package var count: Int { state.withLock { $0.entries.count + ($0.rootEntry == nil ? 0 : 1) } }

    package func find(actor number: UInt64, target: UInt64) -> Found {
        guard let (entry, actor) = state.withLock({ $0.find(number) }) else { return .noActor }
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
            return Entry(actor: ActorReference(actor), targets: nil, refusal: refusal)
        }
        let key = ObjectIdentifier(type)
        if let known = state.withLock({ $0.targetsByType[key] }) {
            return Entry(actor: ActorReference(actor), targets: known, refusal: nil)
        }
        let targets = table.targets(of: type)
        state.withLock { $0.targetsByType[key] = targets }
        return Entry(actor: ActorReference(actor), targets: targets, refusal: nil)
    }
}

extension LocalActors.State {
    /// The reference is made under the lock, which an actor that is about to go has to take before its memory does.
    fileprivate func find(_ number: UInt64) -> (entry: LocalActors.Entry, actor: any DistributedActor)? {
        guard let entry = number == ActorID.rootNumber ? rootEntry : entries[number] else { return nil }
        return entry.actor.take().map { (entry, $0) }
    }
}
