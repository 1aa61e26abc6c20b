package import ProcessIO

/// A pool that changes its size while it runs.
extension Supervision {
    enum Scaling: Equatable, Sendable {
        /// The slots from here on are new, and not all of them ready.
        case growing(from: Int)
        /// The slots that are too many have not all gone.
        case shrinking
        /// The same after a start that failed.
        case undoing(ClusterError)
    }

    /// Gives the pool another size. Up, it ends with `.scaled` when all new slots are ready, or with `.scaleFailed`
    /// when the first failure among them has undone it. Down, the highest slots drain, and it ends with `.scaled`
    /// when they are gone. One at a time, and not during a reload: the shell waits.
    package mutating func scale(to count: Int, at now: Instant, newIncarnation: () -> UInt64) -> [Action] {
        guard phase == .running, scaling == nil, reload == nil else { return [.scaleFailed(.stopped)] }
        let old = slots.count
        settings.count = count
        guard count > old else {
            scaling = .shrinking
            return shrink()
        }
        scaling = .growing(from: old)
        return (old..<count).map { slot in
            slots.append(.idle)
            histories.append(History(budget: RestartBudget(settings.intensity), build: build))
            return spawn(slot, at: now, incarnation: newIncarnation())
        }
    }

    /// New slots have no rights yet: the first that ends takes all of them with it.
    func isNew(_ slot: Int) -> Bool {
        if case .growing(let old) = scaling { slot >= old } else { false }
    }

    mutating func undoGrowth(_ error: ClusterError) -> [Action] {
        guard case .growing(let old) = scaling else { return [] }
        scaling = .undoing(error)
        settings.count = old
        return shrink()
    }

    private mutating func shrink() -> [Action] {
        slots.indices.dropFirst(settings.count).reversed().flatMap { retire($0) } + trim() + endOfPool()
    }

    /// Forgets the last slots, if they are too many and empty.
    mutating func trim() -> [Action] {
        var actions: [Action] = []
        while slots.count > settings.count, slots.last == .over {
            slots.removeLast()
            histories.removeLast()
            actions.append(.removed(slot: slots.count))
        }
        guard slots.count == settings.count else { return actions }
        switch scaling {
        case .shrinking?: actions.append(.scaled)
        case .undoing(let error)?: actions.append(.scaleFailed(error))
        case .growing?, nil: return actions
        }
        scaling = nil
        return actions
    }

    mutating func endScaling(_ error: ClusterError) -> [Action] {
        guard let scaling else { return [] }
        if case .growing(let old) = scaling { settings.count = old }
        self.scaling = nil
        return [.scaleFailed(error)]
    }
}
