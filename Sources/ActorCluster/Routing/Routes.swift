import ProcessIO

/// All that an actor system can reach: processes by incarnation, pools by number, and whatever the primary can.
package final class Routes: Sendable {
    /// Where a call goes now.
    package enum Found: Sendable {
        case peer(Peer)
        /// To a worker of a pool, where it has a place.
        case place(Peer, PoolRoutes)
        /// To the primary, which passes it on.
        case relay(Peer)
        /// There is no place for it yet.
        case wait(PoolRoutes, Wish)
        case gone(group: String)
        case stopped
        case nowhere
    }

    fileprivate struct State {
        var upstream: Peer?
        var direct: DirectPipes?
        /// By incarnation.
        var peers = NumberTable<Peer>()
        /// No call goes there any more; those that have gone wait for how they end.
        var ending: [Peer] = []
        /// By number. A cluster has few.
        var pools: [PoolRoutes?] = []
        /// Of processes that have ended.
        var pastPosts = PostStatistics()
    }

    private let state = Lock(State())

    package init() {}

    package func peer(_ incarnation: UInt64) -> Peer? { state.withLock { $0.peers[incarnation] } }
    package func pool(_ number: UInt32) -> PoolRoutes? { state.withLock { $0.pool(number) } }

    /// The pipes to all processes that have not ended.
    package var peers: [Peer] {
        state.withLock { state in state.peers.all + state.ending + [state.upstream].compactMap { $0 } }
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

    /// In the primary: a process that is no more.
    func isGone(_ scope: ActorID.Scope) -> Bool {
        guard case .incarnation(let incarnation) = scope else { return false }
        return state.withLock { $0.upstream == nil && $0.peers[incarnation] == nil }
    }

    /// In a worker: the pipe to the primary.
    package var primary: Peer? { state.withLock { $0.upstream } }

    /// In a worker.
    package func setUpstream(_ peer: Peer) { state.withLock { $0.upstream = peer } }

    /// In a worker: the pipes to others.
    var direct: DirectPipes? { state.withLock { $0.direct } }
    func setDirect(_ pipes: DirectPipes) { state.withLock { $0.direct = pipes } }

    package func add(_ peer: Peer, incarnation: UInt64) { state.withLock { $0.peers.insert(incarnation, peer) } }
    package func remove(incarnation: UInt64) {
        // It is closed, so nothing is added to them.
        let posts = peer(incarnation)?.postStatistics
        state.withLock { state in
            if state.peers.remove(incarnation) != nil, let posts { state.pastPosts.add(posts) }
        }
    }

    /// No more calls go to a process; its pipe has ended, and will be closed.
    func setAside(incarnation: UInt64) {
        state.withLock { state in
            if let peer = state.peers.remove(incarnation) { state.ending.append(peer) }
        }
    }

    /// A pipe that was set aside is closed.
    func forget(_ peer: Peer) {
        let posts = peer.postStatistics
        state.withLock { state in
            guard let index = state.ending.firstIndex(where: { $0 === peer }) else { return }
            state.ending.remove(at: index)
            state.pastPosts.add(posts)
        }
    }

    var postStatistics: PostStatistics {
        var statistics = state.withLock { $0.pastPosts }
        for peer in peers { statistics.add(peer.postStatistics) }
        return statistics
    }
    package func add(_ pool: PoolRoutes, number: UInt32) { state.withLock { $0.add(pool, Int(number)) } }

    /// Calls without an outcome, those that wait for a worker included.
    package var pendingCalls: Int {
        let pools = state.withLock { $0.pools.compactMap { $0 } }
        return peers.reduce(0) { $0 + $1.counts().pending } + pools.reduce(0) { $0 + $1.waitingCalls }
    }

    /// `orDraining`: a worker that finishes its calls may be had, too, if there is no ready one. A worker's calls to another
    /// one's `Receptionist` go by way of the primary.
    package func find(_ scope: ActorID.Scope, actor number: UInt64 = 0, orDraining: Bool = false) -> Found {
        switch scope {
        case .incarnation(let incarnation):
            let (peer, upstream, direct) = state.withLock { ($0.peers[incarnation], $0.upstream, $0.direct) }
            guard let upstream else { return peer.map { .peer($0) } ?? .nowhere }
            if scope == .primary { return .peer(upstream) }
            if number == Receptionist.number { return .relay(upstream) }
            if let peer { return .peer(peer) }
            direct?.wanted(incarnation)
            return .relay(upstream)
        case .slot(let number, let slot): return find(.slot(Int(slot)), inPool: number, orDraining)
        case .pool(let number, let choice, _): return find(choice.wish, inPool: number, orDraining)
        }
    }

    private func find(_ wish: Wish, inPool number: UInt32, _ orDraining: Bool) -> Found {
        let (pool, upstream) = state.withLock { ($0.pool(number), $0.upstream) }
        if let upstream { return .relay(upstream) }
        return pool?.find(wish, orDraining: orDraining) ?? .nowhere
    }
}

extension Routes.State {
    fileprivate func pool(_ number: UInt32) -> PoolRoutes? {
        pools.indices.contains(Int(number)) ? pools[Int(number)] : nil
    }

    fileprivate mutating func add(_ pool: PoolRoutes, _ number: Int) {
        while pools.count <= number { pools.append(nil) }
        pools[number] = pool
    }
}

extension ActorID.Scope {
    /// The primary's own process.
    package static let primary = ActorID.Scope.incarnation(WorkerID.primary.incarnation)
}
