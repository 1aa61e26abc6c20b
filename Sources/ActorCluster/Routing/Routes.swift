import ProcessIO

/// All that an actor system can reach: processes by incarnation, pools by number, and whatever the primary can.
package final class Routes: Sendable {
    /// Where a call goes now.
    package enum Found: Sendable {
        case peer(Peer)
        /// To the primary, which passes it on.
        case relay(Peer)
        /// There is no ready worker: it waits for that slot, or for any.
        case wait(PoolRoutes, slot: Int?)
        case gone(group: String)
        case stopped
        case nowhere
    }

    private struct State {
        var upstream: Peer?
        var peers: [UInt64: Peer] = [:]
        var pools: [UInt32: PoolRoutes] = [:]
    }

    private let state = Lock(State())

    package init() {}

    package func peer(_ incarnation: UInt64) -> Peer? { state.withLock { $0.peers[incarnation] } }
    package func pool(_ number: UInt32) -> PoolRoutes? { state.withLock { $0.pools[number] } }

    /// The pipes to all processes that have not ended.
    package var peers: [Peer] {
        state.withLock { state in Array(state.peers.values) + [state.upstream].compactMap { $0 } }
    }

    /// The process that an address means; of a slot the one that fills it, or the last that did. In the primary.
    package func process(_ scope: ActorID.Scope) -> ActorID.Scope? {
        switch scope {
        case .incarnation: return scope
        case .slot(let pool, let slot):
            guard let slots = self.pool(pool)?.slots, slots.indices.contains(Int(slot)) else { return nil }
            let incarnation = slots[Int(slot)].worker.incarnation
            return incarnation > 0 ? .incarnation(incarnation) : nil
        case .pool: return nil
        }
    }

    /// In a worker: the pipe to the primary.
    package var primary: Peer? { state.withLock { $0.upstream } }

    /// In a worker.
    package func setUpstream(_ peer: Peer) { state.withLock { $0.upstream = peer } }

    package func add(_ peer: Peer, incarnation: UInt64) { state.withLock { $0.peers[incarnation] = peer } }
    package func remove(incarnation: UInt64) { state.withLock { _ = $0.peers.removeValue(forKey: incarnation) } }
    package func add(_ pool: PoolRoutes, number: UInt32) { state.withLock { $0.pools[number] = pool } }

    /// Calls without an outcome, those that wait for a worker included.
    package var pendingCalls: Int {
        let pools = state.withLock { Array($0.pools.values) }
        return peers.reduce(0) { $0 + $1.counts().pending } + pools.reduce(0) { $0 + $1.waitingCalls }
    }

    package func find(_ scope: ActorID.Scope) -> Found {
        let (peer, pool, upstream) = state.withLock { state -> (Peer?, PoolRoutes?, Peer?) in
            switch scope {
            case .incarnation(let incarnation): (state.peers[incarnation], nil, state.upstream)
            case .slot(let pool, _), .pool(let pool): (nil, state.pools[pool], state.upstream)
            }
        }
        if let peer { return .peer(peer) }
        if let upstream { return scope == .primary ? .peer(upstream) : .relay(upstream) }
        guard let pool else { return .nowhere }
        if case .slot(_, let slot) = scope { return pool.find(slot: Int(slot)) }
        return pool.find(slot: nil)
    }
}

extension ActorID.Scope {
    /// The primary's own process.
    package static let primary = ActorID.Scope.incarnation(WorkerID.primary.incarnation)
}
