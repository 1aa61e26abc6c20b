import ProcessIO

/// A pool that a strategy restarts: its processes go, and it starts anew, while those who call it wait. On the loop.
extension PoolSupervisor {
    enum Restart {
        /// Its processes are leaving.
        case halting
        case halted
        case starting
    }

    var isRestarting: Bool { state.with(loop) { $0.restart != nil } }

    /// There is no process, and it waits for its start.
    var isHalted: Bool { state.with(loop) { $0.restart == .halted && !$0.isStopped } }

    func halt() {
        // Its user may have been faster.
        if state.with(loop, { $0.isStopped }) { return }
        state.with(loop) { $0.restart = .halting }
        decide { state, _ in state.supervision.stop() }
    }

    func startAgain() {
        guard isHalted else { return }
        state.with(loop) { $0.restart = .starting }
        decide { state, now in
            state.supervision.reopen() + state.supervision.start(at: now, newIncarnation: self.newIncarnation)
        }
    }

    /// No process is left. True: it will be started again, or could not be; false: it has stopped for good.
    func hasHalted() -> Bool {
        let (restart, error) = state.with(loop) { state -> (Restart?, ClusterError?) in
            guard !state.isStopping, let restart = state.restart else { return (nil, nil) }
            state.restart = .halted
            defer { state.startError = nil }
            return (restart, state.startError)
        }
        switch restart {
        case nil: return false
        case .starting?: membership?.tell(.startFailed(error ?? .stopped))
        case .halting?, .halted?: membership?.tell(.halted)
        }
        return true
    }
}
