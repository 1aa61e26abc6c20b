import ProcessIO

/// A call that waits for a place at a worker of a pool. Whoever finds the place sends it, so that calls are sent in
/// the order in which they get their places, however long their callers take to go on.
final class QueuedCall: Sendable {
    private struct State {
        var waiter: Peer.Waiter?
        var isCancelled = false
        /// Where it has been sent, or could not be.
        var peer: Peer?
        /// Its number there.
        var sent: CallID?
    }

    private let number: UInt64
    private let target: CalledTarget
    private let arguments: EncodedMessage
    let terms: CallTerms
    private let state = Lock(State())

    init(to number: UInt64, _ target: CalledTarget, _ arguments: EncodedMessage, _ terms: CallTerms) {
        self.number = number
        self.target = target
        self.arguments = arguments
        self.terms = terms
    }

    /// The worker that got it; `nil`: it has ended before.
    var peer: Peer? { state.withLock { $0.peer } }

    func begin(_ waiter: Peer.Waiter) { state.withLock { $0.waiter = waiter } }

    /// Ends it; for whoever has taken it out of the queue.
    func end(_ outcome: CallOutcome) {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: outcome)
    }

    /// Makes the call at a worker where there is a place for it.
    func send(to peer: Peer) {
        let (waiter, isCancelled) = state.withLock { state in
            if !state.isCancelled { state.peer = peer }
            defer { state.waiter = nil }
            return (state.waiter, state.isCancelled)
        }
        guard let waiter, !isCancelled else {
            peer.leavePlace()
            waiter?.resume(returning: .cancelled)
            return
        }
        let request: CallRequest
        do throws(Failure) {
            request = try peer.request(target, on: number, arguments, terms)
        } catch {
            peer.leavePlace()
            return waiter.resume(returning: .failure(error))
        }
        let id = peer.nextID()
        if let outcome = peer.begin(id, request, deadline: terms.deadline, waiter, holdsPlace: true) {
            return waiter.resume(returning: outcome)
        }
        let isLate = state.withLock { state in
            state.sent = id
            return state.isCancelled
        }
        if isLate { peer.cancel(id) }
    }

    /// Its caller does not wait any more. A call that is in the queue is taken out there.
    func cancel() {
        let (peer, id) = state.withLock { state in
            state.isCancelled = true
            return (state.peer, state.sent)
        }
        if let peer, let id { peer.cancel(id) }
    }
}
