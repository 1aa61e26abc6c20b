import ProcessIO

/// One-way calls: collected here, sent together, and counted when the peer has carried them out.
extension Peer {
    /// In order, before any other call that is made later. `reply` with nothing: it will be sent.
    nonisolated(nonsending) func post(_ post: [UInt8], mayWait: Bool, deadline: Instant) async -> CallOutcome {
        if let outcome = add(post, mayWait: mayWait) { return outcome }
        let id = nextID()
        return await withTaskCancellationHandler {
            await suspended { waiter in
                if let outcome = wait(id, post, deadline, waiter) { return waiter.resume(returning: outcome) }
                if Task.isCancelled { cancelPost(id) }
            }
        } onCancel: {
            cancelPost(id)
        }
    }

    /// `nil`: it has to wait.
    private func add(_ post: [UInt8], mayWait: Bool) -> CallOutcome? {
        let (outcome, sendAt) = update { state -> (CallOutcome?, Instant) in
            if let refusal = state.refusal(worker) { return (refusal, .distantFuture) }
            guard state.collecting(post, { $0.add(post, at: MonotonicClock.now) }) else {
                let (count, limit) = (state.posts.underWayCount, state.posts.options.limit)
                return (mayWait ? nil : .overloaded("\(worker)", waiting: count, limit: limit), .distantFuture)
            }
            return (.reply(ReceivedMessage([])), state.posts.sendAt)
        }
        deadlines.cover(sendAt)
        return outcome
    }

    /// `nil`: whoever has room for it resumes the waiter.
    private func wait(_ id: CallID, _ post: [UInt8], _ deadline: Instant, _ waiter: Waiter) -> CallOutcome? {
        let (outcome, sendAt) = update { state -> (CallOutcome?, Instant) in
            if let refusal = state.refusal(worker) { return (refusal, .distantFuture) }
            let admission = state.collecting(post) {
                $0.add(id, post, waiter, deadline: deadline, at: MonotonicClock.now)
            }
            switch admission {
            case .waits: return (nil, deadline)
            case .overloaded(let count, let limit):
                return (.overloaded("\(worker)", waiting: count, limit: limit), .distantFuture)
            // There is room after all.
            case .collected: return (.reply(ReceivedMessage([])), state.posts.sendAt)
            }
        }
        deadlines.cover(sendAt)
        return outcome
    }

    private func cancelPost(_ id: CallID) {
        state.withLock { $0.posts.cancel(id) }?.resume(returning: .cancelled)
    }

    /// Sends what has been collected long enough, and ends those that have waited too long.
    func expirePosts(at now: Instant) -> Instant {
        let (late, next) = update { state in
            if state.posts.sendAt <= now { state.sendPosts() }
            return (state.posts.expire(at: now), state.posts.nextTime)
        }
        for waiter in late { waiter.resume(returning: .timeout(worker, .notSent)) }
        return next
    }

    /// As the cluster is set up; of a frame as many bytes.
    func use(_ options: PostOptions, bodyLimit: Int) {
        state.withLock { ($0.posts.options, $0.posts.bodyLimit) = (options, bodyLimit - OutgoingFrame.postSize(0)) }
    }

    /// Sends all that is collected.
    func sendPosts() { update { $0.sendPosts() } }

    var postStatistics: PostStatistics { state.withLock { $0.posts.statistics } }

    // MARK: Of the peer

    /// Starts them, in order. On the loop.
    func receivePosts(_ frame: IncomingFrame, _ owner: (any PeerOwner)?) throws {
        for post in try Post.decode(frame.body, count: frame.id) {
            let (id, mayStart) = try state.withLock { state throws(ProtocolViolation) in
                let id = try state.receivedPosts.arrived()
                return (id, state.running.postArrived(id))
            }
            let target = TargetWord(word: post.target)
            let terms = CallTerms(deadline: .distantFuture, priority: target.priority, caller: caller)
            let call = IncomingCall(
                id: id, actor: post.actor, scope: nil, target: target.number, terms: terms,
                arguments: ReceivedMessage(post.arguments))
            if mayStart {
                owner?.received(call, from: self)
            } else {
                update { $0.ended(post: id, failed: true) }
            }
        }
    }

    /// The peer has carried some out, so others may be sent. On the loop.
    func receiveCarriedOut(_ frame: IncomingFrame) throws {
        let (waiters, sendAt) = try update { state in
            try state.posts.carriedOut(frame.numbers.first, failed: frame.numbers.second)
            return (state.collectWaiting(), state.posts.sendAt)
        }
        for waiter in waiters { waiter.resume(returning: .reply(ReceivedMessage([]))) }
        deadlines.cover(sendAt)
    }
}

extension Peer.State {
    mutating func sendPosts() {
        guard posts.hasCollected else { return }
        let (body, count) = posts.take()
        append(OutgoingFrame(.post, FrameNumbers(UInt64(count)), body: body))
    }

    /// The peer is told, unless it does not read: then it is told together with what is held, and until then there may be
    /// no more of them than may be under way.
    mutating func ended(post id: CallID, failed: Bool) {
        receivedPosts.finished(failed: failed)
        if receivedPosts.hasNews, !mustHold() { tellOfPosts() }
    }

    mutating func tellOfPosts() {
        guard let news = receivedPosts.takeNews(), !running.isAbandoned else { return }
        append(OutgoingFrame(.posted, FrameNumbers(news.ended, news.failed)))
    }

    /// Collects one by `add`, which may find no room. What is collected is sent before it if both would be too much, and
    /// after it if that is enough.
    fileprivate mutating func collecting<Result>(
        _ post: [UInt8], _ add: (inout PostBox<Peer.Waiter>) -> Result
    ) -> Result {
        if posts.isToBeSent(before: post) { sendPosts() }
        let result = add(&posts)
        if posts.isToBeSent { sendPosts() }
        return result
    }

    fileprivate mutating func collectWaiting() -> [Peer.Waiter] {
        var waiters: [Peer.Waiter] = []
        while let post = posts.next {
            if let waiter = collecting(post, { $0.collectNext(at: MonotonicClock.now) }) { waiters.append(waiter) }
        }
        return waiters
    }

    fileprivate func refusal(_ worker: WorkerID) -> CallOutcome? {
        if case .closed(let status) = phase { return .died(worker, status, .notSent) }
        return isDraining ? .failure(Failure(.shuttingDown)) : nil
    }
}
