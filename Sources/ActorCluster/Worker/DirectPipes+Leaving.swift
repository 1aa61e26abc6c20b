import ProcessIO

/// How a worker with pipes to others leaves: it asks them to send no more calls, and finishes those that they have sent.
extension DirectPipes {
    /// Refuses new calls, of the primary at once and of others from when they have said that they send no more.
    /// `onDrained` is called when none runs, at least once.
    func drain(_ onDrained: @escaping @Sendable () -> Void) {
        close()
        state.with(loop) { $0.onDrained = onDrained }
        upstream.drain { self.lookWhetherDrained() }
        for pipe in all { pipe.leave() }
        // One that says nothing stands still.
        _ = loop.schedule(at: MonotonicClock.now + Limits.partnersAnswer) {
            for pipe in self.all { self.mayDrain(pipe) }
        }
    }

    /// The other one sends no more calls.
    func mayDrain(_ pipe: DirectPipe) { pipe.peer.drain { self.isDrained(pipe) } }

    func lookWhetherDrained() {
        guard let onDrained = state.with(loop, { $0.onDrained }) else { return }
        if upstream.isDrained, all.allSatisfy({ $0.peer.isDrained }) { onDrained() }
    }

    func abandonRunning() {
        upstream.abandonRunning()
        for pipe in all { pipe.peer.abandonRunning() }
    }

    func hasWork(besides peer: Peer) -> Bool {
        ([upstream] + all.map(\.peer)).contains { $0 !== peer && $0.hasWork }
    }

    /// Calls of all processes that have been answered here, and that run here.
    var counts: (served: UInt64, running: Int) {
        var (served, running) = (state.with(loop) { $0.served }, 0)
        for counts in [upstream.counts()] + all.map({ $0.peer.counts() }) {
            served += counts.served
            running += counts.running
        }
        return (served, running)
    }
}
