import ProcessIO

/// From the wish that this worker leaves to its exit.
extension WorkerLife {
    /// Any thread.
    func onShutdown(_ work: @escaping @Sendable () async -> Void) { shutdownWork.withLock { $0.append(work) } }

    /// By its own wish or an operator's: the primary starts no other in its place, and has it drain. Any thread.
    func leaveByWish() { peer.send(OutgoingFrame(.leaving)) }

    func depart(_ rule: (inout WorkerDeparture) -> [WorkerDeparture.Action]) {
        for action in state.with(loop, { rule(&$0.departure) }) {
            switch action {
            case .tellPrimary: leaveByWish()
            case .drain: drain()
            case .hurry: hurry()
            }
        }
    }

    private func drain() {
        guard state.with(loop, { $0.hasRoot }) else { return leave() }
        guard let pipes, let connections = state.with(loop, { $0.connections }) else {
            return peer.drain { self.leave() }
        }
        connections.drain()
        pipes.drain { connections.whenOver { self.loop.execute { self.leave() } } }
    }

    /// The loop keeps the limit, so a process whose threads all spin goes too.
    private func hurry() {
        let (now, exit) = (MonotonicClock.now, state.with(loop) { $0.departure.exit })
        _ = loop.schedule(at: now + Limits.orphanShutdown) { exit.now() }
        _ = loop.schedule(at: now + Limits.orphanCalls) { self.leave() }
        if let pipes { pipes.abandonRunning() } else { peer.abandonRunning() }
        state.with(loop) { $0.connections }?.abandon()
        drain()
    }

    /// Does the shutdown work, last registered first, and exits.
    private func leave() {
        let isFirst = state.with(loop) { state in
            defer { state.isLeaving = true }
            return !state.isLeaving
        }
        guard isFirst else { return }
        sayThatCallsAreOver()
        let connections = state.with(loop) { $0.connections }
        Task.detached(executorPreference: loop) {
            while let work = self.shutdownWork.withLock({ $0.popLast() }) { await work() }
            await connections?.report()
            self.loop.execute { self.state.with(self.loop) { $0.departure.exit }.leave() }
        }
    }

    /// No call runs any more, so none can begin: a draining worker takes nested ones alone. What comes while this
    /// process ends may stay unread.
    private func sayThatCallsAreOver() {
        guard state.with(loop, { !$0.departure.isHurried }) else { return }
        for peer in [peer] + (pipes?.peers ?? []) { peer.send(OutgoingFrame(.over)) }
    }
}
