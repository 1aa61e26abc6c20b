package import ProcessIO
import Synchronization

/// Where calls to a pool can go: the workers by slot, and the calls that wait for a place at one.
///
/// A call that gets a place has it until the worker has answered, or until it leaves the place without having been
/// sent. Places are counted by the workers' pipes, so that finding one and giving it back need no common lock.
package final class PoolRoutes: Sendable {
    package let group: String
    private let state: Lock<PoolState>
    /// Calls in the queue. Set before places are looked for, and read after one has been given back, so that one of
    /// the two sees the other.
    private let waiting = Atomic<Int>(0)
    /// How often free places were to be given away since somebody began to.
    private let seating = Atomic<Int>(0)
    private let lastID = Atomic<UInt64>(0)
    private let deadlines: DeadlineTimer

    package init(
        group: String, count: Int, scheduling: Scheduling = .leastBusy, limits: PoolLimits = PoolLimits(),
        isRestarted: Bool = false, loop: EventLoop
    ) {
        self.group = group
        state = Lock(
            PoolState(
                group: group, count: count, scheduling: scheduling, limits: limits, isRestarted: isRestarted))
        deadlines = DeadlineTimer(loop: loop)
        // Until `close`, as at a peer: a weak reference would make every call's use of this object slow.
        deadlines.onExpiry { self.expire(at: $0) }
    }

    package var slots: [PoolSlot] { state.withLock { $0.slots } }
    package var waitingCalls: Int { state.withLock { $0.queue.count } }

    /// Where a call goes now. `orDraining`: to a worker that finishes its calls rather than wait.
    package func find(_ wish: Wish, orDraining: Bool = false) -> Routes.Found {
        state.withLock { state in
            if let peer = state.takePlace(wish) { return .place(peer, self) }
            if case .slot(let slot) = wish, slot >= state.mostSlots { return .nowhere }
            if orDraining, let peer = state.draining(wish) { return .peer(peer) }
            return switch state.ending(of: wish) {
            case .stopped?: .stopped
            case .gone?: .gone(group: group)
            case nil: .wait(self, wish)
            }
        }
    }

    /// Waits for a place and makes the call there. The worker that got it is `call.peer` then.
    nonisolated(nonsending) func make(_ call: QueuedCall, _ wish: Wish) async -> CallOutcome {
        let id = lastID.wrappingAdd(1, ordering: .relaxed).newValue
        return await withTaskCancellationHandler {
            await suspended { waiter in
                call.begin(waiter)
                begin(id, call, wish)
                if Task.isCancelled { cancel(id, call) }
            }
        } onCancel: {
            cancel(id, call)
        }
    }

    private func begin(_ id: UInt64, _ call: QueuedCall, _ wish: Wish) {
        let now = MonotonicClock.now
        let refusal = state.withLock { state -> CallOutcome? in
            if let ending = state.ending(of: wish) { return ending.outcome(of: group) }
            guard state.add(id, call, wish, at: now) else {
                state.statistics.overloaded += 1
                return state.overloaded(wish)
            }
            waiting.store(state.queue.count, ordering: .sequentiallyConsistent)
            return nil
        }
        if let refusal { return call.end(refusal) }
        // A place may have become free since the caller looked.
        seat()
        deadlines.cover(call.terms.deadline)
    }

    private func cancel(_ id: UInt64, _ call: QueuedCall) {
        end(.cancelled) { state in
            guard let waiting = state.queue.cancel(id) else { return [] }
            state.statistics.cancelled += 1
            return [waiting]
        }
        call.cancel()
    }

    private func expire(at now: Instant) -> Instant? {
        end(.timeout(nil, .notSent)) { state in
            let late = state.queue.expire(at: now)
            state.statistics.timedOut += UInt64(late.count)
            return late
        }
        return state.withLock { $0.queue.nextDeadline() }
    }

    /// Ends calls that wait.
    private func end(_ outcome: CallOutcome, _ take: (inout PoolState) -> [QueuedCall]) {
        for call in change(take) { call.end(outcome) }
    }

    func change<Result>(_ body: (inout PoolState) -> Result) -> Result {
        state.withLock { state in
            defer { waiting.store(state.queue.count, ordering: .sequentiallyConsistent) }
            return body(&state)
        }
    }

    // MARK: Places

    /// A worker has answered a call, or a place was left. Any thread.
    func placeIsFree() {
        if waiting.load(ordering: .sequentiallyConsistent) > 0 { seat() }
    }

    /// Gives every free place to a call that waits for it. One thread does so at a time, so that calls are sent in the
    /// order in which they get their places; others have it look again.
    private func seat() {
        guard seating.wrappingAdd(1, ordering: .sequentiallyConsistent).oldValue == 0 else { return }
        var (isDone, asked) = (false, 1)
        repeat {
            let now = MonotonicClock.now
            for (call, peer) in change({ $0.seat(at: now) }) { call.send(to: peer) }
            (isDone, asked) = seating.compareExchange(
                expected: asked, desired: 0, ordering: .sequentiallyConsistent)
        } while !isDone
    }

    /// Whether a call that a worker's death has ended may be made once more.
    func mayRetry() -> Bool { state.withLock { $0.retries.take() } }

    /// A call begins that could be made once more.
    func calledIdempotently() { state.withLock { $0.retries.called() } }

    func forStatistics() -> (
        slots: [PoolSlot], queue: QueueStatistics, waiting: Int, removed: CallStatistics,
        removedConnections: ConnectionStatistics
    ) {
        state.withLock { state in
            var queue = state.statistics
            (queue.repeated, queue.notRepeated) = (state.retries.granted, state.retries.refused)
            return (state.slots, queue, state.queue.count, state.removed, state.removedConnections)
        }
    }

    // MARK: The supervisor's

    /// Changes what is known of a slot; calls that wait for a ready worker go on when it is one.
    package func update(_ slot: Int, _ change: (inout PoolSlot) -> Void) {
        changeSlot { $0.update(slot, at: $1, change) }
    }

    func changeSlot<Result>(_ change: (inout PoolState, Instant) -> Result) -> Result {
        let now = MonotonicClock.now
        let result = self.change { change(&$0, now) }
        seat()
        endVain()
        return result
    }

    /// All calls to the slot's process have an outcome.
    func ended(_ slot: Int, _ peer: Peer) {
        let (calls, connections) = (peer.statistics, peer.connections.now)
        state.withLock { $0.ended(slot, peer, calls, connections) }
    }

    func exited(_ slot: Int, _ exit: WorkerStatistics.Exit) {
        let now = MonotonicClock.now
        state.withLock { $0.exited(slot, exit, at: now) }
    }

    /// The slot will not be filled again. Its worker, if it still has one, takes no new calls.
    package func giveUp(_ slot: Int, hasFailed: Bool = false) {
        change { $0.giveUp(slot, hasFailed: hasFailed) }
        endVain()
        seat()
    }

    /// No strategy fills the slots again.
    package func release() {
        change { $0.release() }
        endVain()
    }

    /// The last slot, which is empty, does not exist any more.
    package func removeLast() {
        change { $0.removeLast() }
        endVain()
        seat()
    }

    /// The pool takes no calls any more; those under way go on.
    package func close() {
        change { $0.isStopped = true }
        deadlines.stop()
        endVain()
    }

    /// Ends the calls for which no worker will come.
    private func endVain() {
        for ending in [PoolState.Ending.gone, .stopped] {
            end(ending.outcome(of: group)) { $0.takeVain(ending) }
        }
    }
}
