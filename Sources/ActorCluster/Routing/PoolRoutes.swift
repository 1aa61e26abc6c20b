package import ProcessIO
import Synchronization

/// Where calls to a pool can go: the workers by slot, and the calls that wait for a place at one.
///
/// A call that gets a place has it until the worker has answered, or until it leaves the place without having been
/// sent. Places are counted by the workers' pipes, so that finding one and giving it back need no common lock.
package final class PoolRoutes: Sendable {
    typealias Waiter = Suspension<WaitOutcome>

    enum WaitOutcome: Sendable {
        /// The caller has a place there.
        case place(Peer)
        case timeout
        case cancelled
        case overloaded(waiting: Int, limit: Int)
        case gone
        case stopped
    }

    package let group: String
    private let state: Lock<PoolState>
    /// Calls in the queue. Set before places are looked for, and read after one has been given back, so that one of
    /// the two sees the other.
    private let waiting = Atomic<Int>(0)
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
        deadlines.onExpiry { [weak self] in self?.expire(at: $0) }
    }

    package var slots: [PoolSlot] { state.withLock { $0.slots } }
    package var waitingCalls: Int { state.withLock { $0.queue.count } }

    /// Where a call goes now. `orDraining`: to a worker that finishes its calls rather than wait.
    package func find(_ wish: Wish, orDraining: Bool = false) -> Routes.Found {
        state.withLock { state in
            if let peer = state.takePlace(wish) { return .place(peer, self) }
            if orDraining, let peer = state.draining(wish) { return .peer(peer) }
            return switch state.ending(of: wish) {
            case .stopped?: .stopped
            case .gone?: .gone(group: group)
            case nil: .wait(self, wish)
            }
        }
    }

    /// Waits for a place. A task that is cancelled gets none.
    nonisolated(nonsending) func wait(for wish: Wish, _ terms: CallTerms) async -> WaitOutcome {
        let id = lastID.wrappingAdd(1, ordering: .relaxed).newValue
        let outcome = await withTaskCancellationHandler {
            await suspended { waiter in begin(id, waiter, wish, terms) }
        } onCancel: {
            cancel(id)
        }
        guard case .place(let peer) = outcome, Task.isCancelled else { return outcome }
        peer.leavePlace()
        return .cancelled
    }

    private func begin(_ id: UInt64, _ waiter: Waiter, _ wish: Wish, _ terms: CallTerms) {
        let now = MonotonicClock.now
        let refusal = state.withLock { state -> WaitOutcome? in
            if let ending = state.ending(of: wish) { return ending.outcome }
            guard state.add(id, waiter, wish, terms, at: now) else {
                state.statistics.overloaded += 1
                return .overloaded(waiting: state.queue.count, limit: state.limits.queue)
            }
            waiting.store(state.queue.count, ordering: .sequentiallyConsistent)
            return nil
        }
        if let refusal { return waiter.resume(returning: refusal) }
        // A place may have become free, and the task been cancelled, since the caller looked.
        seat()
        deadlines.cover(terms.deadline)
        if Task.isCancelled { cancel(id) }
    }

    private func cancel(_ id: UInt64) {
        end(.cancelled) { state in
            guard let waiter = state.queue.cancel(id) else { return [] }
            state.statistics.cancelled += 1
            return [waiter]
        }
    }

    private func expire(at now: Instant) -> Instant? {
        end(.timeout) { state in
            let late = state.queue.expire(at: now)
            state.statistics.timedOut += UInt64(late.count)
            return late
        }
        return state.withLock { $0.queue.nextDeadline() }
    }

    /// Ends calls that wait.
    private func end(_ outcome: WaitOutcome, _ take: (inout PoolState) -> [Waiter]) {
        let waiters = change(take)
        for waiter in waiters { waiter.resume(returning: outcome) }
    }

    private func change<Result>(_ body: (inout PoolState) -> Result) -> Result {
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

    /// Gives every free place to a call that waits for it.
    private func seat() {
        let now = MonotonicClock.now
        for (waiter, peer) in change({ $0.seat(at: now) }) { waiter.resume(returning: .place(peer)) }
    }

    /// Whether a call that a worker's death has ended may be made once more.
    func mayRetry() -> Bool { state.withLock { $0.retries.take() } }

    /// A call begins that could be made once more.
    func calledIdempotently() { state.withLock { $0.retries.called() } }

    func forStatistics() -> (slots: [PoolSlot], queue: QueueStatistics, waiting: Int, removed: CallStatistics) {
        state.withLock { state in
            var queue = state.statistics
            (queue.repeated, queue.notRepeated) = (state.retries.granted, state.retries.refused)
            return (state.slots, queue, state.queue.count, state.removed)
        }
    }

    // MARK: The supervisor's

    /// Changes what is known of a slot; calls that wait for a ready worker go on when it is one.
    package func update(_ slot: Int, _ change: (inout PoolSlot) -> Void) {
        let now = MonotonicClock.now
        self.change { $0.update(slot, at: now, change) }
        seat()
        endVain()
    }

    /// All calls to the slot's process have an outcome.
    func ended(_ slot: Int, _ peer: Peer) {
        let calls = peer.statistics
        state.withLock { $0.ended(slot, peer, calls) }
    }

    func exited(_ slot: Int, _ exit: WorkerStatistics.Exit) {
        let now = MonotonicClock.now
        state.withLock { $0.exited(slot, exit, at: now) }
    }

    /// The slot will not be filled again. Its worker, if it still has one, takes no new calls.
    package func giveUp(_ slot: Int) {
        change { $0.giveUp(slot) }
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
        end(.gone) { state in state.takeVain(.gone) }
        end(.stopped) { state in state.takeVain(.stopped) }
    }
}
