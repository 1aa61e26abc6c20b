import ProcessIO

/// All that an actor system can reach: processes by incarnation, pools by number.
package final class Routes: Sendable {
    private struct State {
        var peers: [UInt64: Peer] = [:]
        var pools: [UInt32: PoolRoutes] = [:]
    }

    private let state = Lock(State())

    package init() {}

    package func peer(_ incarnation: UInt64) -> Peer? { state.withLock { $0.peers[incarnation] } }
    package func pool(_ number: UInt32) -> PoolRoutes? { state.withLock { $0.pools[number] } }

    package func add(_ peer: Peer, incarnation: UInt64) { state.withLock { $0.peers[incarnation] = peer } }
    package func remove(incarnation: UInt64) { state.withLock { _ = $0.peers.removeValue(forKey: incarnation) } }
    package func add(_ pool: PoolRoutes, number: UInt32) { state.withLock { $0.pools[number] = pool } }

    /// Calls without an outcome, those that wait for a worker included.
    package var pendingCalls: Int {
        let (peers, pools) = state.withLock { (Array($0.peers.values), Array($0.pools.values)) }
        return peers.reduce(0) { $0 + $1.counts().pending } + pools.reduce(0) { $0 + $1.waitingCalls }
    }

    /// Where a call goes now.
    package func find(_ scope: ActorID.Scope) -> PoolRoutes.Found? {
        switch scope {
        case .incarnation(let incarnation): peer(incarnation).map { .peer($0) }
        case .slot(let pool, let slot): self.pool(pool)?.find(slot: Int(slot))
        case .pool(let pool): self.pool(pool)?.find(slot: nil)
        }
    }
}
