import ProcessIO

/// Performs what `PoolTree` decides for the pools of one strategy. The event loop's alone, but for what waits.
final class TreeSupervisor: Sendable {
    /// A pool's place under its strategy.
    struct Membership: Sendable {
        let tree: TreeSupervisor
        let place: Int

        /// Before anything can happen to it.
        func add(_ pool: PoolSupervisor) { tree.loop.execute { tree.state.with(tree.loop) { $0.pools[place] = pool } } }

        /// Not inside the decision that it comes from.
        func tell(_ event: PoolTree.Event) { tree.loop.execute { tree.handle(event, of: place) } }
    }

    private struct State {
        var tree: PoolTree
        var pools: [Int: PoolSupervisor] = [:]
        var timer = LoopTimer()
    }

    private let loop: EventLoop
    private let onGaveUp: @Sendable (ClusterError) -> Void
    private let state: LoopConfined<State>

    /// `onGaveUp` is called on the loop when more restarts were needed than there may be.
    init(_ tree: PoolTree, loop: EventLoop, onGaveUp: @escaping @Sendable (ClusterError) -> Void) {
        self.loop = loop
        self.onGaveUp = onGaveUp
        state = LoopConfined(State(tree: tree))
    }

    // MARK: Any thread

    /// A place for a pool that is about to be started.
    func join(isOptional: Bool) async -> Membership {
        await suspended { waiter in
            loop.execute {
                let place = self.state.with(self.loop) { $0.tree.join(isOptional: isOptional) }
                waiter.resume(returning: Membership(tree: self, place: place))
            }
        }
    }

    /// Nothing is restarted any more. Returns the pools that were not stopped by their user, in order of start.
    func close() async -> [PoolSupervisor] {
        await suspended { waiter in
            loop.execute {
                let pools = self.state.with(self.loop) { $0.pools.sorted { $0.key < $1.key }.map(\.value) }
                self.close()
                waiter.resume(returning: pools)
            }
        }
    }

    // MARK: On the loop

    func close() {
        decide { state, _ in
            state.tree.close()
            state.pools = [:]
            return []
        }
    }

    private func handle(_ event: PoolTree.Event, of place: Int) {
        decide { $0.tree.handle(event, of: place, at: $1, chance: .random(in: 0..<1)) }
        if event == .left { state.with(loop) { $0.pools[place] = nil } }
    }

    private func decide(_ rule: (inout State, Instant) -> [PoolTree.Action]) {
        let now = MonotonicClock.now
        for action in state.with(loop, { rule(&$0, now) }) { perform(action) }
        rearm()
    }

    private func perform(_ action: PoolTree.Action) {
        switch action {
        case .halt(let place): state.with(loop) { $0.pools[place] }?.halt()
        case .start(let place): state.with(loop) { $0.pools[place] }?.startAgain()
        case .release(let place): state.with(loop) { $0.pools[place] }?.letGo()
        case .gaveUp(let error): onGaveUp(error)
        }
    }

    private func rearm() {
        state.with(loop) { state in
            state.timer.set(to: state.tree.nextDeadline, on: loop) { self.decide { $0.tree.tick(at: $1) } }
        }
    }
}
