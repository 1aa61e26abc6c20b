import ActorCluster

/// What has happened so far.
actor Ledger {
    private(set) var tally: Tally
    private(set) var recoveries = Recoveries()
    private(set) var slots: [SlotView]
    /// Every process that there was.
    private(set) var pids: Set<Int32> = []
    private(set) var isInterrupted = false
    private var isOver = false
    private let start = SuspendingClock.now

    init(slots count: Int) {
        tally = Tally(slots: count)
        slots = (0..<count).map { SlotView(slot: $0) }
    }

    var elapsed: Duration { SuspendingClock.now - start }

    // MARK: Calls

    /// False: there are to be no more.
    func begin() -> Bool {
        if isOver { return false }
        tally.begin()
        return true
    }

    func answer(from slot: Int) { tally.answer(from: slot) }
    func fail(_ error: any Error) { tally.fail(error) }
    func endCalls() { isOver = true }
    /// The end of a show is none.
    func interrupt() { isInterrupted = isInterrupted || !isOver }

    // MARK: Workers

    func harmed(_ harm: Harm, _ worker: WorkerID) {
        slots[worker.slot].last = "#\(worker.incarnation) \(harm.rawValue)"
        recoveries.harmed(harm, slot: worker.slot, incarnation: worker.incarnation, at: elapsed)
    }

    /// The line to print for it, if it is worth one.
    func note(_ event: ClusterEvent) -> String? {
        guard let worker = event.worker else { return nil }
        switch event.kind {
        case .spawned(let pid):
            pids.insert(pid)
            slots[worker.slot].restarts += 1
            return nil
        case .ready: recoveries.ready(slot: worker.slot, incarnation: worker.incarnation, at: elapsed)
        case .suspect, .recovered, .unhealthy, .overMemory, .exited, .gaveUp, .failedToInitialize: break
        default: return nil
        }
        return "\(Board.seconds(elapsed))  \(event)"
    }

    func look(at workers: [WorkerHandle<Laborer>]) {
        for worker in workers {
            let slot = worker.id.slot
            if slots[slot].incarnation != worker.id.incarnation { slots[slot].memory = nil }
            slots[slot].incarnation = worker.id.incarnation
            slots[slot].state = "\(worker.state)"
            slots[slot].pid = worker.pid
            slots[slot].calls = tally.answered[slot]
            if let pid = worker.pid { pids.insert(pid) }
        }
    }

    func measured(_ worker: WorkerID, memory: Int) {
        if slots[worker.slot].incarnation == worker.incarnation { slots[worker.slot].memory = memory }
    }
}
