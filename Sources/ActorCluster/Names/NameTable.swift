/// An actor and one of its names.
package struct NamedActor: Codable, Hashable, Sendable {
    package let name: String
    /// The actor's, as `actorTypeName` writes it.
    package let type: String
    /// Of its own process.
    package let id: ActorID

    package init(name: String, type: String, id: ActorID) {
        (self.name, self.type, self.id) = (name, type, id)
    }
}

/// A name that has an actor from now on, or none any more.
package struct NameStep: Codable, Equatable, Sendable {
    package let name: String
    /// `nil`: it is gone.
    package let id: ActorID?

    package init(name: String, id: ActorID?) { (self.name, self.id) = (name, id) }
}

/// What somebody who follows the names of one type wants to know.
package enum NameQuestion: Codable, Hashable, Sendable {
    /// Which there are, in order, from the one after this.
    case list(after: String?)
    /// What has changed since the change of this number.
    case since(UInt64)
}

package enum NameNews: Codable, Equatable, Sendable {
    /// Some of the names that there are; `rest`: how to go on. All changes up to number `at` are in it.
    case list([NameStep], at: UInt64, rest: String?)
    /// Changes up to number `at`, the oldest first.
    case steps([NameStep], at: UInt64)
    /// So many changes, of names of any type, are not known any more.
    case missed(Int)
    /// Nothing up to this change.
    case nothing(at: UInt64)
    /// Nothing will change any more.
    case over
}

/// Which actor has which name, and the last changes of that. A name belongs to one actor of one process, and goes with
/// either.
package struct NameTable: Equatable, Sendable {
    package enum Refusal: Codable, Hashable, Sendable {
        case taken(by: WorkerID, ActorID)
        case tooMany(limit: Int)
        case processIsGone
    }

    package struct Change: Equatable, Sendable {
        package let actor: NamedActor
        package let isGone: Bool
    }

    private struct Process: Equatable {
        let id: WorkerID
        var names: Set<String> = []
    }

    private let namesPerProcess: Int
    private let changesKept: Int
    private let pageBytes: Int
    private var actors: [String: NamedActor] = [:]
    /// Those that live, by incarnation.
    private var processes: [UInt64: Process] = [:]
    private var changes: [Change] = []
    /// The number of the last change; the first has 1.
    package private(set) var last: UInt64 = 0

    package init(
        namesPerProcess: Int = Limits.namesPerProcess, changesKept: Int = Limits.nameChanges,
        pageBytes: Int = Limits.namePage
    ) {
        self.namesPerProcess = namesPerProcess
        self.changesKept = changesKept
        self.pageBytes = pageBytes
    }

    package var count: Int { actors.count }
    package var processCount: Int { processes.count }

    package func actor(named name: String) -> NamedActor? { actors[name] }

    // MARK: Processes

    package mutating func began(_ process: WorkerID) { processes[process.incarnation] = Process(id: process) }

    /// Its names are free.
    package mutating func ended(_ process: WorkerID) {
        guard let names = processes.removeValue(forKey: process.incarnation)?.names else { return }
        for name in names.sorted() { remove(name) }
    }

    // MARK: Names

    /// `replacing`: an actor of the same process that is gone, and may have had the name.
    package mutating func register(_ actor: NamedActor, replacing gone: ActorID? = nil) -> Refusal? {
        guard case .incarnation(let number) = actor.id.scope, let process = processes[number] else {
            return .processIsGone
        }
        if let holder = actors[actor.name] {
            if holder.id == actor.id { return nil }
            guard holder.id == gone, gone?.scope == actor.id.scope else {
                return .taken(by: owner(of: holder), holder.id)
            }
            remove(actor.name)
        } else if process.names.count >= namesPerProcess {
            return .tooMany(limit: namesPerProcess)
        }
        actors[actor.name] = actor
        processes[number]?.names.insert(actor.name)
        note(Change(actor: actor, isGone: false))
        return nil
    }

    /// False: the actor does not have it.
    package mutating func unregister(_ name: String, of id: ActorID) -> Bool {
        guard actors[name]?.id == id else { return false }
        remove(name)
        return true
    }

    /// The actor is gone, and with it its names.
    package mutating func resigned(_ id: ActorID) {
        guard case .incarnation(let number) = id.scope, let names = processes[number]?.names else { return }
        for name in names.sorted() where actors[name]?.id == id { remove(name) }
    }

    private func owner(of actor: NamedActor) -> WorkerID {
        if case .incarnation(let number) = actor.id.scope, let process = processes[number] { return process.id }
        return .primary
    }

    private mutating func remove(_ name: String) {
        guard let actor = actors.removeValue(forKey: name) else { return }
        if case .incarnation(let number) = actor.id.scope { processes[number]?.names.remove(name) }
        note(Change(actor: actor, isGone: true))
    }

    // MARK: Changes

    private mutating func note(_ change: Change) {
        last += 1
        changes.append(change)
        // In large steps, since all that stay are moved.
        if changes.count >= 2 * changesKept { changes.removeFirst(changes.count - changesKept) }
    }

    /// Those after this number, as far as they are kept.
    package func changes(since number: UInt64) -> ArraySlice<Change> {
        changes.suffix(Int(clamping: last - min(number, last)))
    }

    /// Never `over`.
    package func news(of type: String, _ question: NameQuestion) -> NameNews {
        switch question {
        case .list(let name): page(of: type, after: name)
        case .since(let number): steps(of: type, since: min(number, last))
        }
    }

    private func page(of type: String, after name: String?) -> NameNews {
        let names = actors.values.filter { $0.type == type && (name == nil || $0.name > name ?? "") }
        let (page, isWhole) = fitting(
            names.sorted { $0.name < $1.name }.map { NameStep(name: $0.name, id: $0.id) })
        return .list(Array(page), at: last, rest: isWhole ? nil : page.last?.name)
    }

    private func steps(of type: String, since number: UInt64) -> NameNews {
        let first = last - UInt64(changes.count)
        guard number >= first else { return .missed(Int(clamping: first - number)) }
        var (steps, bytes, at) = ([NameStep](), 0, number)
        for change in changes.dropFirst(Int(number - first)) {
            if change.actor.type == type {
                bytes += Self.size(change.actor.name)
                if !steps.isEmpty, bytes > pageBytes { break }
                steps.append(NameStep(name: change.actor.name, id: change.isGone ? nil : change.actor.id))
            }
            at += 1
        }
        return steps.isEmpty ? .nothing(at: at) : .steps(steps, at: at)
    }

    /// As many as go into one answer, one at least.
    private func fitting(_ steps: [NameStep]) -> (ArraySlice<NameStep>, isWhole: Bool) {
        var (count, bytes) = (0, 0)
        for step in steps {
            bytes += Self.size(step.name)
            if count > 0, bytes > pageBytes { break }
            count += 1
        }
        return (steps.prefix(count), count == steps.count)
    }

    /// About what it takes on the pipe.
    private static func size(_ name: String) -> Int { name.utf8.count + 32 }
}
