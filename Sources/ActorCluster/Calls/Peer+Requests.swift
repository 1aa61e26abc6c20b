import ProcessIO

/// What the peer asks for. On the loop.
extension Peer {
    func receiveCall(_ frame: IncomingFrame, _ owner: (any PeerOwner)?) throws {
        let (id, actor, remaining) = (frame.numbers.first, frame.numbers.second, frame.numbers.third)
        let scope =
            frame.kind == .route ? ActorID.Scope(word: frame.numbers.fifth, detail: frame.numbers.sixth) : nil
        guard scope != nil || frame.kind != .route else { throw ProtocolViolation.unreadable(.route) }
        guard frame.kind != .relayed || caller == .primary else { throw ProtocolViolation.notExpected(.relayed) }
        let target = TargetWord(word: frame.numbers.fourth)
        switch try arrival(of: id, isNested: target.isNested, owner) {
        case .start: break
        case .refuse: return try refuse(id, Failure(.shuttingDown))
        case .cancelled: return try refuse(id, Failure(.cancelled))
        }
        var descriptors: DescriptorGroup?
        switch frame.descriptors {
        case nil: break
        case .group(let group): descriptors = group
        case .lost: return try refuse(arrived: id, Failure(.descriptorsLost, delivery: .notSent))
        }
        let readAt = input.with(loop) { $0.readAt }
        let deadline = remaining == .max ? .distantFuture : readAt + .nanoseconds(Int64(clamping: remaining))
        let caller =
            frame.kind == .relayed ? Caller(incarnation: frame.numbers.fifth, place: frame.numbers.sixth) : caller
        let terms = CallTerms(
            deadline: remaining > 0 ? deadline : .zero, isNested: target.isNested, priority: target.priority,
            caller: caller)
        let call = IncomingCall(
            id: id, actor: actor, scope: scope, target: target.number, terms: terms,
            arguments: ReceivedMessage(frame.keptBody, descriptors))
        owner?.received(call, from: self)
    }

    /// Of a process that finishes its calls any may wait for a nested one, whichever pipe it came through.
    private func arrival(
        of id: CallID, isNested: Bool, _ owner: (any PeerOwner)?
    ) throws -> RunningCalls<any IncomingWork>.Arrival {
        let arrival = try state.withLock { try $0.running.arrived(id, isNested: isNested) }
        guard arrival == .refuse, isNested, owner?.hasWork(besides: self) == true else { return arrival }
        return try state.withLock { try $0.running.arrivedBesideOthers(id) }
    }

    private func refuse(_ id: CallID, _ failure: Failure) throws {
        if try !hold(.refused(id, failure)) { send(.failure(failure, id: id)) }
    }

    /// Answers a call that has come and is not started.
    private func refuse(arrived id: CallID, _ failure: Failure) throws {
        state.withLock { $0.running.dropped(id) }
        try refuse(id, failure)
        lookWhetherDrained()
    }

    /// The same for whoever finds out later.
    func refuse(_ call: IncomingCall, _ failure: Failure) {
        guard !ReceivedPosts.contains(call.id) else {
            return finish(call.id, with: .failure(failure, id: call.id))
        }
        do {
            try refuse(arrived: call.id, failure)
        } catch {
            disconnect(error)
        }
    }

    private enum Beginning {
        case held
        /// The peer has asked for more than may wait.
        case tooMany(ProtocolViolation)
        case mayStart
        /// Its caller has withdrawn it meanwhile.
        case cancelled(any IncomingWork)
    }

    /// Whether a call is to be started: not when its time is over, and not yet while the peer does not read. From now
    /// on it can be cancelled. Any thread.
    func mayStart(_ call: any IncomingWork, _ id: CallID, deadline: Instant) -> Bool {
        switch begin(call, id) {
        case .held: return false
        case .tooMany(let violation):
            loop.execute { self.disconnect(violation) }
            return false
        case .mayStart: break
        case .cancelled(let call): call.cancel()
        }
        guard deadline < .distantFuture, deadline <= MonotonicClock.now else { return true }
        finish(id, with: .failure(Failure(.timeout, delivery: .notSent), id: id))
        return false
    }

    private func begin(_ call: any IncomingWork, _ id: CallID) -> Beginning {
        state.withLock { state in
            do throws(ProtocolViolation) {
                guard state.mustHold() else {
                    return state.running.started(id, call).map { .cancelled($0) } ?? .mayStart
                }
                try state.held.hold(.call(call, id))
                return .held
            } catch {
                return .tooMany(error)
            }
        }
    }

    /// True: it waits.
    private func hold(_ request: HeldRequests.Request) throws(ProtocolViolation) -> Bool {
        try state.withLock { state throws(ProtocolViolation) in
            guard state.mustHold() else { return false }
            try state.held.hold(request)
            return true
        }
    }

    func receivePing(_ numbers: FrameNumbers, _ owner: (any PeerOwner)?) {
        let isHeld = state.withLock { state in
            let mustHold = state.mustHold()
            if mustHold { state.held.hold(ping: numbers) }
            return mustHold
        }
        if !isHeld, let owner { send(OutgoingFrame(.pong, owner.pong(to: numbers))) }
    }

    func receiveHealthCheck(_ id: CallID, _ owner: (any PeerOwner)?) throws {
        state.withLock { $0.running.passed(id) }
        if try !hold(.health(id)) { try owner?.receivedHealthCheck(id, from: self) }
    }

    /// The peer has read enough: all that waited is asked again, in order, and may have to wait again.
    func releaseHeld() {
        let (held, owner) = (state.withLock { $0.takeHeld() }, input.with(loop) { $0.owner })
        update { $0.tellOfPosts() }
        // Its calls that wait for their turn already have come later.
        loop.startFirst(held.calls.map(\.work))
        do {
            if let ping = held.ping { receivePing(ping, owner) }
            for request in held.requests {
                switch request {
                case .call: break
                case .health(let id): try receiveHealthCheck(id, owner)
                case .refused(let id, let failure): try refuse(id, failure)
                }
            }
        } catch {
            disconnect(error)
        }
    }
}

extension Peer.State {
    enum Holding {
        case nothing
        case requests
        /// The loop is told to go on with them.
        case released
    }

    /// Whether requests have to wait because the peer does not read, or because others wait already.
    mutating func mustHold() -> Bool {
        if holding == .nothing, queue.load > Limits.outboundHigh { holding = .requests }
        return holding != .nothing
    }

    /// True, once: the peer has read so much that held requests may go on.
    mutating func mayRelease() -> Bool {
        guard holding == .requests, queue.load <= Limits.outboundLow else { return false }
        holding = .released
        return true
    }

    fileprivate mutating func takeHeld() -> HeldRequests {
        defer { (held, holding) = (HeldRequests(), .nothing) }
        return held
    }
}
