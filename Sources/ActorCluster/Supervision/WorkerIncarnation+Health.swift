import ProcessIO

/// Asks its worker how it is, and tells the supervisor what comes out.
extension WorkerIncarnation {
    func beginHealth() {
        state.with(loop) { $0.health = WorkerHealth(policy, at: MonotonicClock.now) }
        lookAfterHealth()
    }

    /// One that is leaving has limits of its own.
    func endHealth() {
        state.with(loop) { state in
            state.health = nil
            state.healthTimer.stop(on: loop)
        }
    }

    /// Calls of the primary that it has ended, as it said last.
    var callsServed: UInt64 { state.with(loop) { $0.health?.callsServed ?? 0 } }

    func received(_ pong: Pong) throws {
        let now = MonotonicClock.now
        let findings = try state.with(loop) { try $0.health?.received(pong, at: now) } ?? []
        for finding in findings { pass(on: finding) }
        rearm()
    }

    private func lookAfterHealth() {
        let now = MonotonicClock.now
        let (ping, finding) = state.with(loop) { $0.health?.tick(at: now) } ?? (nil, nil)
        if let ping { peer?.send(OutgoingFrame(.ping, ping.numbers)) }
        if let finding { pass(on: finding) }
        rearm()
    }

    private func rearm() {
        state.with(loop) { state in
            // Until `endHealth`, which comes with the end of the pipe at the latest.
            state.healthTimer.set(to: state.health?.nextDeadline, on: loop) { self.lookAfterHealth() }
        }
    }

    private func pass(on finding: WorkerHealth.Finding) {
        switch finding {
        case .suspect:
            system.connections?.isSuspect(worker)
            tell(.suspect)
        case .recovered:
            system.connections?.recovered(worker)
            tell(.recovered)
        case .unresponsive(let silence): isUnhealthy(.unresponsive(worker, after: silence))
        case .stalled(let wait): isUnhealthy(.stalled(worker, after: wait))
        case .checkLate(let time): isFailing("its healthCheck() has taken \(time) already")
        case .checkFailed(let times): isFailing("its healthCheck() has thrown \(times) times running")
        }
    }

    private func isUnhealthy(_ error: ClusterError) { tell(.unhealthy(error), [.unhealthy("\(error)")]) }

    private func isFailing(_ why: String) { tell(.failing(.unwell(worker, why)), [.unhealthy(why)]) }
}
