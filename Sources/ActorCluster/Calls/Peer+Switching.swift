import ProcessIO

/// How calls move from the primary's pipe to one of their own, and back, without changing their order.
extension Peer {
    /// From now on calls of this process wait here until `takeCalls`.
    func holdCalls() { state.withLock { $0.holdsCalls = true } }

    func takeCalls() {
        update { state in
            state.holdsCalls = false
            state.admit()
        }
    }

    var isHoldingCalls: Bool { state.withLock { $0.holdsCalls } }

    /// Those that wait here go another way.
    func sendElsewhere() {
        let ended = state.withLock { state in state.pending.endWaiting { _ in true } }
        for call in ended { call.waiter.resume(returning: .rerouted) }
    }

    /// The primary passes no calls on to this process from here on. What has been begun before is sent before anything
    /// that is begun later.
    func bypass(to incarnation: UInt64) { state.withLock { _ = $0.bypassed.insert(incarnation) } }

    func endBypass(to incarnation: UInt64) { state.withLock { _ = $0.bypassed.remove(incarnation) } }

    /// It takes no new calls.
    var isDraining: Bool { state.withLock { $0.isDraining } }

    /// No call of the peer runs here, and none will be started.
    var isDrained: Bool { state.withLock { $0.running.isDrained } }

    /// Calls of the peer run here, or streams that it may read are open.
    var hasWork: Bool { state.withLock { $0.running.hasWork } }
}

extension Peer.State {
    var takesCalls: Bool { phase == .open && !holdsCalls }

    /// A call that is not to be passed on. What is for the other process's `Receptionist` always is.
    func isBypassed(by request: CallRequest) -> Bool {
        guard case .routed(let id, _, _) = request, case .incarnation(let incarnation) = id.scope else { return false }
        return bypassed.contains(incarnation) && id.number != Receptionist.number
    }
}
