import ProcessIO

/// What SIGHUP asks for. On the loop.
extension Cluster {
    struct Reloads {
        var isUnderWay = false
        /// It has been asked for again.
        var isNext = false
    }

    /// Reloads every pool, one after another in order of start, until one fails. Asked for while that is under way, it
    /// is done once more afterwards, however often it was.
    func reloadAll() {
        let begins = ending.with(loop) { ending in
            defer { (ending.reloads.isUnderWay, ending.reloads.isNext) = (true, ending.reloads.isUnderWay) }
            return !ending.reloads.isUnderWay
        }
        if begins { reload(state.withLock { $0.pools }[...]) }
    }

    private func reload(_ pools: ArraySlice<PoolSupervisor>) {
        guard let pool = pools.first, !state.withLock({ $0.isStopping }) else { return reloadsAreOver() }
        pool.reload(ReloadQueue.Order()) { result in
            // Not inside the decision that it comes from. A pool that was stopped meanwhile says nothing of the others.
            self.loop.execute {
                if case .failure(.reloadFailed) = result { return self.reloadsAreOver() }
                self.reload(pools.dropFirst())
            }
        }
    }

    private func reloadsAreOver() {
        let isNext = ending.with(loop) { ending in
            defer { ending.reloads = Reloads() }
            return ending.reloads.isNext
        }
        if isNext, !state.withLock({ $0.isStopping }) { reloadAll() }
    }
}
