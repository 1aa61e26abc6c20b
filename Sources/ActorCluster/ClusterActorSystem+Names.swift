public import Distributed
import ProcessIO

extension ClusterActorSystem {
    /// Gives an actor of this process a name by which every process of the cluster finds it.
    ///
    /// A name belongs to one actor; an actor may have several. It is free again when the actor is released or its process
    /// has ended, before the event of its exit; it does not keep the actor alive. A process has 1,024 names at most.
    ///
    /// Throws `NameError`: `taken`, `invalid`, `tooMany`, or `notHere` for an actor of another process. In a worker
    /// it asks the primary, so it throws as a call does, too.
    public nonisolated(nonsending) func register<Act: DistributedActor>(_ actor: Act, as name: String) async throws
    where Act.ActorSystem == ClusterActorSystem {
        try Self.check(name)
        guard actor.actorSystem === self, isHere(actor.id.scope), local.mayHaveNames(number: actor.id.number) else {
            throw NameError.notHere(actor.id)
        }
        let named = NamedActor(name: name, type: actorTypeName(Act.self), id: actor.id)
        var refusal = try await register(named, replacing: nil)
        if case .taken(_, let holder) = refusal, isHere(holder.scope), local.actor(number: holder.number) == nil {
            // The holder is gone, and its end still on its way.
            refusal = try await register(named, replacing: holder)
        }
        switch refusal {
        case nil: break
        case .taken(let worker, _): throw NameError.taken(name, by: worker)
        case .tooMany(let limit): throw NameError.tooMany(limit: limit)
        case .processIsGone: throw CallError.shuttingDown
        }
    }

    /// Takes a name from an actor of this process: when this returns nobody finds it by that any more, and the name is
    /// free. References to the actor stay good, and its other names its own.
    ///
    /// Throws `NameError`: `notHeld` if the actor does not have the name, `invalid`, or `notHere` for an actor of another
    /// process. In a worker it asks the primary, so it throws as a call does, too.
    public nonisolated(nonsending) func unregister<Act: DistributedActor>(_ actor: Act, from name: String) async throws
    where Act.ActorSystem == ClusterActorSystem {
        try Self.check(name)
        guard actor.actorSystem === self, isHere(actor.id.scope) else { throw NameError.notHere(actor.id) }
        guard try await unregister(name, of: actor.id) else { throw NameError.notHeld(name, actor.id) }
    }

    /// The actor that has this name, in whatever process it lives.
    ///
    /// Without one it throws `CallError.targetMissing`: at once, or when there is still none after `waiting`; and
    /// `NameError.otherType` if the actor is of another type than `type`. `type` may be the stub of a `@Resolvable`
    /// protocol (`$Greeter`): then each call finds out whether the actor has the method. In a worker it asks the
    /// primary, and throws as a call does, too.
    public nonisolated(nonsending) func lookup<Act: DistributedActor>(
        _ type: Act.Type, named name: String, waiting: Duration? = nil
    ) async throws -> Act where Act.ActorSystem == ClusterActorSystem {
        try Self.check(name)
        switch try await find(name, waiting: max(.zero, waiting ?? .zero)) {
        case .actor(let actor):
            let asked = actorTypeName(type)
            guard actor.type == asked || type is any _DistributedActorStub.Type else {
                throw NameError.otherType(name, registered: actor.type, asked: asked)
            }
            return try Act.resolve(id: actor.id, using: self)
        case .nobody:
            try Task.checkCancellation()
            let time = waiting.map { " (waited \($0))" } ?? ""
            throw CallError.targetMissing("no actor has the name \"\(name)\"\(time)")
        case .overloaded: throw CallError.tooManyWaitForNames
        }
    }

    /// The names of all actors of this type, and every change of them. Any number of readers, in any process.
    public func names<Act: DistributedActor>(of type: Act.Type) -> NameChanges<Act>
    where Act.ActorSystem == ClusterActorSystem {
        NameChanges(system: self)
    }

    private static func check(_ name: String) throws(NameError) {
        let isPrintable = name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard !name.isEmpty, name.utf8.count <= Limits.name, isPrintable else {
            throw .invalid(name.truncated(toBytes: Limits.name))
        }
    }
}

/// What has changed among the names of one actor type.
public enum NameChange<Act: DistributedActor>: Sendable where Act.ActorSystem == ClusterActorSystem {
    /// All that there are: the first that a reader gets, and what follows `missed`.
    case all([String: Act])
    /// A name has this actor from now on, in place of another one or not.
    case registered(String, Act)
    /// Nobody has the name any more: the actor was released, or its process has ended.
    case gone(String)
    /// Up to so many changes, those of other types counted, are not told, because this reader was too slow. `all` follows.
    case missed(Int)
}

/// The names of one actor type: all that there are, then each change.
///
/// The last 4,096 changes of a cluster are kept for readers that have not asked for them; one that is slower gets
/// `missed` and `all` names anew. It holds up nobody. Each iterator begins with `all`.
///
/// The sequence ends when the cluster does, or the reading task is cancelled. It throws `CallError.overloaded` when
/// 10,000 readers and look-ups wait already. Names of a type that conforms to a `@Resolvable` protocol are those of the
/// type, not of the protocol's stub.
public struct NameChanges<Act: DistributedActor>: AsyncSequence, Sendable
where Act.ActorSystem == ClusterActorSystem {
    /// What it gives.
    public typealias Element = NameChange<Act>
    /// See above.
    public typealias Failure = any Error

    let system: ClusterActorSystem

    /// Begins with all names.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(system: system) }

    /// Reads one change after another.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let system: ClusterActorSystem
        private var view = NameView()

        init(system: ClusterActorSystem) { self.system = system }

        /// The next change; `nil`: there is none to come, or the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws -> Element? {
            while !Task.isCancelled {
                while let change = view.take() {
                    if let element = element(of: change) { return element }
                }
                let news = try await system.nameNews(of: actorTypeName(Act.self), view.question)
                if news == .over { return nil }
                view.receive(news)
            }
            return nil
        }

        /// `nil`: an actor of this process that is gone; that it is will be told.
        private func element(of change: NameView.Change) -> Element? {
            switch change {
            case .all(let names): .all(names.compactMapValues { reference($0) })
            case .registered(let name, let id): reference(id).map { .registered(name, $0) }
            case .gone(let name): .gone(name)
            case .missed(let count): .missed(count)
            }
        }

        private func reference(_ id: ActorID) -> Act? { try? Act.resolve(id: id, using: system) }
    }
}
