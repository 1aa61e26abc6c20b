import ProcessIO

/// How this process finishes the calls of the peer.
extension Peer {
    /// Refuses new calls of the peer; `onDrained` is called whenever none runs any more. On the loop.
    package func drain(_ onDrained: @escaping @Sendable () -> Void) {
        let isDrained = state.withLock { state in
            state.running.drain()
            return state.running.isDrained
        }
        input.with(loop) { $0.onDrained = onDrained }
        if isDrained { onDrained() }
    }

    /// Nothing is called any more.
    func endDraining() { input.with(loop) { $0.onDrained = nil } }

    /// A stream of this process can be read from now on, by whomever the peer knows: draining waits for its end. Any
    /// thread.
    func streamBegan() { state.withLock { $0.running.streamBegan() } }

    func streamEnded() {
        state.withLock { $0.running.streamEnded() }
        lookWhetherDrained()
    }

    /// Calls have ended in another way than by an answer.
    func lookWhetherDrained() {
        if state.withLock({ $0.running.isDrained }) { loop.execute { self.drained() } }
    }

    /// Cancels the calls of the peer that run. They are not answered: to the peer they end with this process. On the
    /// loop.
    func abandonRunning() {
        for work in state.withLock({ $0.running.abandon() }) { work.cancel() }
    }

    func drained() { input.with(loop) { $0.onDrained }?() }
}
