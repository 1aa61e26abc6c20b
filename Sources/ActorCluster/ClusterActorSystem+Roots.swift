import Distributed

/// References to root actors of workers.
extension ClusterActorSystem {
    func root<Root: DistributedActor>(_ scope: ActorID.Scope, as type: Root.Type = Root.self) -> Root
    where Root.ActorSystem == ClusterActorSystem {
        do {
            return try Root.resolve(id: ActorID(scope: scope, number: ActorID.rootNumber), using: self)
        } catch {
            // Only an address in this process can fail to resolve: what it names may be gone, or have another type.
            // Those made here are of root actors by the type of their group.
            preconditionFailure("a worker's address did not resolve: \(error)")
        }
    }

    func root<Root: DistributedActor>(inPool number: UInt32, _ choice: PoolChoice, _ isIdempotent: Bool) -> Root
    where Root.ActorSystem == ClusterActorSystem {
        root(.pool(number, choice, isIdempotent: isIdempotent))
    }

    /// The number of the pool that a group has in this cluster.
    func poolNumber(of group: String) throws(ClusterError) -> UInt32 {
        guard let index = groups.firstIndex(of: group) else { throw .groupNotListed(group) }
        return UInt32(index)
    }
}

extension PoolChoice {
    static func of(_ key: some Encodable) throws(CallError) -> PoolChoice {
        do {
            return .key(StableHash.of(try Body.encode(key)))
        } catch {
            throw .notEncodable("the key: \(describe(error))", .notSent)
        }
    }
}
