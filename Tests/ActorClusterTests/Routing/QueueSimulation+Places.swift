import ActorCluster
import ProcessIO

/// Does what a pool's state does with its values, and looks at each call that gets a place.
extension QueueSimulation {
    typealias Seat = PoolQueue<UInt64>.Seat

    /// Calls are numbered in order of arrival.
    func number(_ id: UInt64) -> UInt64 { defect == .numberedBackwards ? .max - id : id }

    mutating func add(_ call: Call) -> Bool {
        queue.add(
            number(call.id), call.id, wish: call.wish, seat: seat(of: call.wish), priority: call.priority,
            deadline: call.deadline, at: now)
    }

    /// The slot that a call goes to at once.
    mutating func choose(_ wish: Wish) -> Int? {
        switch wish {
        case .slot(let slot): return isFree(slot) ? slot : nil
        case .key(let key): return owner(of: key).flatMap { isFree($0) ? $0 : nil }
        case .any: return select(nil)
        case .tag(let tag): return select(tag)
        }
    }

    private mutating func select(_ tag: UInt64?) -> Int? {
        var loads: [WorkerSelection.Load?] = []
        for slot in workers.indices {
            let isCandidate = tag.map { workers[slot].tags.contains($0) } ?? true
            loads.append(isCandidate && isFree(slot) ? room(slot) : nil)
        }
        return selection.choose(tag: tag, slots: loads.count) { loads[$0] }
    }

    /// Whether it has room that nobody waits for.
    private mutating func isFree(_ slot: Int) -> Bool {
        room(slot) != nil && (defect == .overtakes || !queue.hasWaiter(seats(slot)))
    }

    private func room(_ slot: Int) -> WorkerSelection.Load? {
        let worker = workers[slot]
        let capacity = defect == .onePlaceTooMany ? capacity + 1 : capacity
        guard worker.isReady || defect == .unreadyWorks, worker.inFlight < capacity else { return nil }
        return WorkerSelection.Load(inFlight: worker.inFlight, idleSince: worker.idleSince)
    }

    private func seats(_ slot: Int) -> [Seat] {
        let tags = defect == .takesAnyTag ? [0, 1, 2] : workers[slot].tags
        return [.any, .slot(slot), .key(slot: slot)] + tags.sorted().map { .tag($0) }
    }

    private func seat(of wish: Wish) -> Seat {
        switch wish {
        case .any: .any
        case .slot(let slot): .slot(slot)
        case .tag(let tag): .tag(tag)
        case .key(let key): owner(of: key).map { .key(slot: $0) } ?? .any
        }
    }

    /// The slot that a key's calls go to.
    private func owner(of key: UInt64) -> Int? {
        let begun = StableHash.slot(for: key, slots: workers.count) { workers[$0].hasBegun }
        return isSticky ? begun : StableHash.slot(for: key, slots: workers.count) { workers[$0].isReady } ?? begun
    }

    mutating func reseat() {
        var queue = queue
        queue.reseat { seat(of: .key($0)) }
        self.queue = queue
    }

    /// Gives free places to calls that wait for them.
    mutating func seat() {
        while !queue.isEmpty {
            var loads: [WorkerSelection.Load?] = []
            for slot in workers.indices { loads.append(queue.hasWaiter(seats(slot)) ? room(slot) : nil) }
            guard let slot = selection.choose(slots: loads.count, load: { loads[$0] }) else { return }
            if defect == .noTurns { workers[slot].turn = PriorityTurn() }
            guard let entry = queue.take(seats(slot), &workers[slot].turn) else {
                return check(false, "slot \(slot) has a waiting call and gets none")
            }
            take(entry.waiter, slot)
        }
    }

    // MARK: What must hold

    private mutating func take(_ id: UInt64, _ slot: Int) {
        guard let call = waiting.first(where: { $0.id == id }) else {
            return check(false, "call \(id) gets a place and does not wait")
        }
        let rivals = waiting.filter { mayServe(slot, $0) }
        let isFirst = rivals.first { $0.priority == call.priority }?.id == id
        check(isFirst, "call \(id) is not the first of its priority for slot \(slot)")
        for priority in CallPriority.allCases {
            let isPassed = priority != call.priority && rivals.contains { $0.priority == priority }
            workers[slot].passed[priority] = isPassed ? workers[slot].passed[priority, default: 0] + 1 : 0
            let passed = workers[slot].passed[priority, default: 0]
            check(passed <= 9, "\(passed) calls go before one of \(priority) priority")
        }
        waiting.removeAll { $0.id == id }
        place(call, at: slot)
    }

    mutating func place(_ call: Call, at slot: Int) {
        workers[slot].inFlight += 1
        check(workers[slot].isReady, "call \(call.id) goes to slot \(slot), which is not ready")
        check(workers[slot].inFlight <= capacity, "slot \(slot) has more calls than it may")
        check(mayServe(slot, call), "call \(call.id) goes to slot \(slot) and does not want it")
        end(call.id)
    }

    /// Whether a call may go to this slot.
    func mayServe(_ slot: Int, _ call: Call) -> Bool {
        switch call.wish {
        case .any: true
        case .slot(let wished): slot == wished
        case .tag(let tag): workers[slot].tags.contains(tag)
        case .key(let key): owner(of: key).map { $0 == slot } ?? true
        }
    }
}
