import Distributed
import ProcessIO

extension ClusterActorSystem {
    /// Makes the calls in `calls` one-way: each returns as soon as it is queued, and nobody hears how its method ended.
    /// For logs and metrics.
    ///
    /// One-way calls of a task to an actor run in their order, and before any later call of that task to it. They are collected
    /// and sent together (`ClusterOptions.posts`). 1,000 of them to one process may be under way; the next one waits for
    /// room within its limit, or fails, as `whenFull` says. What became of them is in `postStatistics`: those that a
    /// dead process had not carried out are `lost`.
    ///
    /// Methods that return a value throw `CallError.unsupportedCall`. A call that cannot be queued throws as any other:
    /// `overloaded`, `timeout` (not sent), `workerDied` (not sent), `targetMissing`, `tooLarge`. A call by way of the primary, one
    /// for which no worker is ready yet, or one with a `SharedBuffer`, is made as an ordinary one and waited for, but
    /// for what its method throws. Actors of this process are called as always.
    public nonisolated(nonsending) func post(
        whenFull: PostOverflow = .wait, _ calls: nonisolated(nonsending) () async throws -> Void
    ) async rethrows {
        var scope = CallScope.current
        scope.posting = whenFull
        try await CallScope.$current.withValue(scope) { try await calls() }
    }

    /// What has become of the one-way calls of this process, since the cluster was started.
    public var postStatistics: PostStatistics { routes.postStatistics }

    /// One call from its encoded arguments until it is queued.
    nonisolated(nonsending) func post(
        _ id: ActorID, _ target: CalledTarget, _ arguments: EncodedMessage, _ terms: CallTerms, _ whenFull: PostOverflow
    ) async -> CallOutcome {
        guard arguments.descriptors == nil else { return await callInstead(id, target, arguments, terms) }
        var last: Peer?
        while true {
            let there: Peer
            switch routes.find(id.scope) {
            case .peer(let peer):
                if peer.isHoldingCalls { return await callInstead(id, target, arguments, terms) }
                there = peer
            case .place(let peer, _):
                // It is work for that worker, but none that anybody waits for.
                peer.leavePlace()
                there = peer
            case .relay, .wait, .gone, .stopped, .nowhere:
                return await callInstead(id, target, arguments, terms)
            }
            let outcome: CallOutcome
            do throws(Failure) {
                let word = try there.word(of: target, terms)
                let post = Post.encode(actor: id.number, target: word, arguments)
                outcome = await there.post(post, mayWait: whenFull == .wait, deadline: terms.deadline)
            } catch {
                outcome = .failure(error)
            }
            guard outcome.mayGoElsewhere, !id.isOneProcess, there !== last else {
                return outcome.seen(at: there.worker)
            }
            last = there
        }
    }

    /// Waits for the method, and forgets what it throws.
    private nonisolated(nonsending) func callInstead(
        _ id: ActorID, _ target: CalledTarget, _ arguments: EncodedMessage, _ terms: CallTerms
    ) async -> CallOutcome {
        let outcome = await carryAgain(id, target, arguments, terms, after: nil)
        guard case .failure(let failure) = outcome, failure.reason == .thrown else { return outcome }
        return .reply(ReceivedMessage([]))
    }
}

extension ActorID {
    fileprivate var isOneProcess: Bool { if case .incarnation = scope { true } else { false } }
}
