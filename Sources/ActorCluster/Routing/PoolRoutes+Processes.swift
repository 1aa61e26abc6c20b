import ProcessIO

/// What is known of a slot's second process, which gets no calls by slot or pool: the one that is to fill it, or the
/// one that did before.
struct SecondProcess: Sendable {
    let worker: WorkerID
    var state: WorkerState
    var isConnected = false
    var readyAt: Instant?

    /// One that is being started.
    init(worker: WorkerID) { (self.worker, state) = (worker, .spawned) }

    /// The slot's own until now.
    init(_ slot: PoolSlot) {
        (worker, state) = (slot.worker, .draining)
        (isConnected, readyAt) = (slot.peer != nil, slot.readyAt)
    }
}

/// Which process a slot has, as the supervisor tells it.
extension PoolRoutes {
    /// A new process is the slot's.
    func fill(_ slot: Int, _ worker: WorkerID) {
        update(slot) { old in
            var new = PoolSlot(worker: worker, state: .spawned, tags: old.tags)
            new.second = old.second
            old = new
        }
    }

    /// A new process is beside the slot's own.
    func fillBeside(_ slot: Int, _ worker: WorkerID) { update(slot) { $0.second = SecondProcess(worker: worker) } }

    func handOver(_ slot: Int, to new: PoolSlot) { changeSlot { $0.handOver(slot, to: new, at: $1) } }

    /// Changes what is known of a process if the slot is its own. False: it is not.
    func update(_ worker: WorkerID, _ change: (inout PoolSlot) -> Void) -> Bool {
        changeSlot { state, now in
            let slots = state.slots
            guard slots.indices.contains(worker.slot), slots[worker.slot].worker == worker else { return false }
            state.update(worker.slot, at: now, change)
            return true
        }
    }

    /// The same of a second process. `state`: `nil` if it is as before.
    func showBeside(_ worker: WorkerID, _ state: WorkerState?, isConnected: Bool, isGone: Bool) {
        changeSlot { pool, now in
            guard pool.slots.indices.contains(worker.slot), pool.slots[worker.slot].second?.worker == worker else {
                return
            }
            pool.update(worker.slot, at: now) { slot in
                if let state { slot.second?.state = state }
                slot.second?.isConnected = isConnected && state != .exited
                if isGone { slot.second = nil }
            }
        }
    }

    /// Where a slot's second process is in its life.
    func stateBeside(_ worker: WorkerID) -> WorkerState? {
        let slots = self.slots
        guard slots.indices.contains(worker.slot), let second = slots[worker.slot].second, second.worker == worker
        else { return nil }
        return second.state
    }

    /// Where a process is in its life, and whether its pipe is there.
    func standing(of worker: WorkerID) -> (state: WorkerState, isConnected: Bool) {
        let slots = self.slots
        guard slots.indices.contains(worker.slot) else { return (.exited, false) }
        let slot = slots[worker.slot]
        if slot.worker == worker { return (slot.state, slot.peer != nil) }
        guard let second = slot.second, second.worker == worker else { return (.exited, false) }
        return (second.state, second.isConnected)
    }
}

extension PoolState {
    enum Ending {
        case gone
        case stopped

        func outcome(of group: String) -> CallOutcome {
            self == .gone ? .noWorker(group: group) : .failure(Failure(.shuttingDown))
        }
    }

    /// The slot is this process's; the one before, if it has not ended, is its second one.
    mutating func handOver(_ slot: Int, to new: PoolSlot, at now: Instant) {
        update(slot, at: now) { old in
            let (before, second) = (old, old.second)
            old = new
            if second?.worker == new.worker { old.readyAt = second?.readyAt }
            if before.state != .exited { old.second = SecondProcess(before) }
        }
    }
}
