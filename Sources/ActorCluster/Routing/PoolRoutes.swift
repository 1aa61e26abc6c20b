package import ProcessIO
import Synchronization

/// Where calls to a pool can go: the workers by slot, and the calls that wait for one.
package final class PoolRoutes: Sendable {
    typealias Waiter = Suspension<WaitOutcome>

    enum WaitOutcome: Sendable {
        /// A worker has become ready; to be looked for again.
        case ready
        case timeout
        case cancelled
        case overloaded(waiting: Int)
        case gone
        case stopped
    }

    /// What is known of a slot from outside the event loop.
    package struct Slot: Sendable {
        package var worker: WorkerID
        package var pid: Int32?
        package var state: WorkerState
        package var peer: Peer?
        package var tags: Set<String> = []
        package var isGone = false

        static func empty(_ group: String, _ slot: Int) -> Slot {
            Slot(worker: WorkerID(group: group, slot: slot, incarnation: 0), state: .exited)
        }
    }

    fileprivate struct State {
        var slots: [Slot]
        var selection = WorkerSelection()
        var waiting = WaitingCalls<Waiter>()
        var isStopped = false
        /// A strategy fills the slots again when all of them are gone.
        var isRestarted: Bool
    }

    package let group: String
    private let state: Lock<State>
    private let lastID = Atomic<UInt64>(0)
    private let deadlines: DeadlineTimer

    package init(group: String, count: Int, isRestarted: Bool = false, loop: EventLoop) {
        self.group = group
        state = Lock(
            State(
                slots: (0..<count).map { Slot.empty(group, $0) }, isRestarted: isRestarted))
        deadlines = DeadlineTimer(loop: loop)
        deadlines.onExpiry { [weak self] in self?.expire(at: $0) }
    }

    package var slots: [Slot] { state.withLock { $0.slots } }
    package var waitingCalls: Int { state.withLock { $0.waiting.count } }

    /// Where a call goes now; `nil`: to any slot. `orDraining`: to a worker that finishes its calls rather than wait.
    package func find(slot: Int?, orDraining: Bool = false) -> Routes.Found {
        state.withLock { state in
            if let ready = state.chooseReady(slot), let peer = state.slots[ready].peer { return .peer(peer) }
            if orDraining, let peer = state.draining(slot) { return .peer(peer) }
            return switch state.ending(of: slot) {
            case .stopped?: .stopped
            case nil: .wait(self, slot: slot)
            default: .gone(group: group)
            }
        }
    }

    /// Waits until `find` may have a worker.
    nonisolated(nonsending) func wait(slot: Int?, deadline: Instant) async -> WaitOutcome {
        let id = lastID.wrappingAdd(1, ordering: .relaxed).newValue
        return await withTaskCancellationHandler {
            await suspended { waiter in
                if let outcome = begin(id, waiter, slot: slot, deadline: deadline) { waiter.resume(returning: outcome) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func begin(_ id: UInt64, _ waiter: Waiter, slot: Int?, deadline: Instant) -> WaitOutcome? {
        let outcome = state.withLock { state -> WaitOutcome? in
            if let ending = state.ending(of: slot) { return ending }
            // A worker may have become ready since the caller looked.
            if state.isReady(slot) { return .ready }
            let isWaiting = state.waiting.add(id, waiter, slot: slot, deadline: deadline)
            return isWaiting ? nil : .overloaded(waiting: state.waiting.count)
        }
        guard outcome == nil else { return outcome }
        deadlines.cover(deadline)
        if Task.isCancelled { cancel(id) }
        return nil
    }

    private func cancel(_ id: UInt64) {
        state.withLock { $0.waiting.cancel(id) }?.resume(returning: .cancelled)
    }

    private func expire(at now: Instant) -> Instant? {
        let (expired, next) = state.withLock { ($0.waiting.expire(at: now), $0.waiting.nextDeadline()) }
        for waiter in expired { waiter.resume(returning: .timeout) }
        return next
    }

    // MARK: The supervisor's

    /// Changes what is known of a slot; calls that wait for a ready worker go on when it is one.
    package func update(_ slot: Int, _ change: (inout Slot) -> Void) {
        let waiters = state.withLock { state -> [Waiter] in
            while state.slots.count <= slot { state.slots.append(Slot.empty(group, state.slots.count)) }
            change(&state.slots[slot])
            return state.slots[slot].state == .ready ? state.waiting.take(for: slot) : []
        }
        for waiter in waiters { waiter.resume(returning: .ready) }
    }

    /// The slot will not be filled again. Its worker, if it still has one, takes no new calls.
    package func giveUp(_ slot: Int) {
        let (waiters, ending) = state.withLock { state -> ([Waiter], WaitOutcome) in
            state.slots[slot].isGone = true
            guard let ending = state.ending(of: slot) else { return ([], .gone) }
            let isLast = state.slots.allSatisfy(\.isGone)
            return (isLast ? state.waiting.takeAll() : state.waiting.take(onlyFor: slot), ending)
        }
        for waiter in waiters { waiter.resume(returning: ending) }
    }

    /// No strategy fills the slots again.
    package func release() {
        let waiters = state.withLock { state -> [Waiter] in
            state.isRestarted = false
            for slot in state.slots.indices { state.slots[slot].isGone = true }
            return state.waiting.takeAll()
        }
        for waiter in waiters { waiter.resume(returning: .gone) }
    }

    /// The last slot, which is empty, does not exist any more.
    package func removeLast() { state.withLock { _ = $0.slots.popLast() } }

    /// The pool takes no calls any more; those under way go on.
    package func close() {
        let waiters = state.withLock { state in
            state.isStopped = true
            return state.waiting.takeAll()
        }
        deadlines.stop()
        for waiter in waiters { waiter.resume(returning: .stopped) }
    }
}

extension PoolRoutes.State {
    /// The slot that a call goes to, if there is a ready one.
    fileprivate mutating func chooseReady(_ slot: Int?) -> Int? {
        if let slot { return isReady(slot) ? slot : nil }
        var next = selection
        let chosen = next.next(slots: slots.count) { slots[$0].state == .ready }
        selection = next
        return chosen
    }

    fileprivate func draining(_ slot: Int?) -> Peer? {
        guard let slot else { return slots.first { $0.state == .draining && $0.peer != nil }?.peer }
        return slots.indices.contains(slot) && slots[slot].state == .draining ? slots[slot].peer : nil
    }

    fileprivate func isReady(_ slot: Int?) -> Bool {
        guard let slot else { return slots.contains { $0.state == .ready } }
        return slots.indices.contains(slot) && slots[slot].state == .ready
    }

    /// Why no worker will come any more; `nil`: one may.
    fileprivate func ending(of slot: Int?) -> PoolRoutes.WaitOutcome? {
        if isRestarted, !isStopped, slots.allSatisfy(\.isGone) { return nil }
        // A slot that was given up before the pool was stopped is no part of the stop.
        let stopped: PoolRoutes.WaitOutcome? = isStopped ? .stopped : nil
        guard let slot else { return slots.allSatisfy(\.isGone) ? .gone : stopped }
        guard slots.indices.contains(slot) else { return .gone }
        guard slots[slot].isGone else { return stopped }
        return slots[slot].state == .draining ? .stopped : .gone
    }
}
