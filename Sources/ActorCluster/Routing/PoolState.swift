import ProcessIO

/// What is known of a slot from outside the event loop.
package struct PoolSlot: Sendable {
    package var worker: WorkerID
    package var pid: Int32?
    package var state: WorkerState
    package var peer: Peer?
    package var tags: Set<String> = [] {
        didSet { if tags != oldValue { seats = Self.seats(worker.slot, tags) } }
    }
    package var isGone = false
    /// It has been given up, for dying too often.
    var hasFailed = false
    /// While it is being reloaded.
    var second: SecondProcess?
    /// When this process was ready.
    var readyAt: Instant?
    fileprivate(set) var record = SlotRecord()
    /// Where calls wait that its worker may take.
    fileprivate var seats: [PoolQueue<QueuedCall>.Seat]

    package init(worker: WorkerID, state: WorkerState, tags: Set<String> = []) {
        self.worker = worker
        self.state = state
        self.tags = tags
        seats = Self.seats(worker.slot, tags)
    }

    static func empty(_ group: String, _ slot: Int) -> PoolSlot {
        PoolSlot(worker: WorkerID(group: group, slot: slot, incarnation: 0), state: .exited)
    }

    private static func seats(_ slot: Int, _ tags: Set<String>) -> [PoolQueue<QueuedCall>.Seat] {
        [.any, .slot(slot), .key(slot: slot)] + tags.map { .tag(PoolChoice.word(ofTag: $0)) }
    }

    fileprivate func has(_ tag: UInt64) -> Bool { seats.contains(.tag(tag)) }

}

extension [PoolSlot] {
    /// How busy a slot's worker is; `nil`: there is none that takes more. Each call asks this of many slots, so it looks
    /// at two fields and copies no slot.
    @inline(__always)
    fileprivate func room(_ slot: Int, _ capacity: Int) -> WorkerSelection.Load? {
        guard self[slot].state == .ready, let peer = self[slot].peer else { return nil }
        let load = peer.load
        return load < capacity ? WorkerSelection.Load(inFlight: load, idleSince: peer.lastAnswer) : nil
    }
}

/// What outlives the processes of a slot.
struct SlotRecord: Sendable {
    /// It has had a ready worker, so keys belong to it and its tags are known.
    fileprivate(set) var hasBegun = false
    fileprivate var turn = PriorityTurn()
    fileprivate(set) var starts = 0
    fileprivate(set) var lastExit: WorkerStatistics.Exit?
    fileprivate(set) var exitedAt = Instant.zero
    /// Of processes that have ended.
    fileprivate(set) var past = CallStatistics()
    fileprivate(set) var pastConnections = ConnectionStatistics()
    /// The pipes whose calls are not in it yet.
    fileprivate(set) var counted: [Peer] = []
}

/// What a pool's lock guards.
struct PoolState {
    private(set) var slots: [PoolSlot]
    /// How many there have been at once.
    private(set) var mostSlots: Int
    var queue: PoolQueue<QueuedCall>
    var retries = RetryBudget()
    var statistics = QueueStatistics()
    /// Of slots that are no more.
    private(set) var removed = CallStatistics()
    private(set) var removedConnections = ConnectionStatistics()
    var isStopped = false
    let limits: PoolLimits
    private let group: String
    private var selection: WorkerSelection
    /// Calls that one worker may have.
    private let capacity: Int
    /// Calls with a key wait for their slot.
    private let isSticky: Bool
    /// A strategy fills the slots again when all of them are gone and any of them has failed.
    private var isRestarted: Bool

    init(group: String, count: Int, scheduling: Scheduling, limits: PoolLimits, isRestarted: Bool) {
        self.group = group
        self.limits = limits
        self.isRestarted = isRestarted
        selection = WorkerSelection(scheduling)
        queue = PoolQueue(limit: limits.queue)
        slots = (0..<count).map { PoolSlot.empty(group, $0) }
        mostSlots = count
        if case .idleFirst(let jobs) = scheduling {
            capacity = min(jobs, limits.inFlight)
        } else {
            capacity = limits.inFlight
        }
        isSticky = if case .sticky = scheduling { true } else { false }
    }

    // MARK: Places

    /// A place for a call, unless it has to wait, for a worker or for those that came before it.
    mutating func takePlace(_ wish: Wish) -> Peer? {
        guard let slot = choose(wish), let peer = slots[slot].peer else { return nil }
        peer.takePlace()
        return peer
    }

    private mutating func choose(_ wish: Wish) -> Int? {
        switch wish {
        case .slot(let slot): return slots.indices.contains(slot) && isFree(slot) ? slot : nil
        case .key(let key): return slot(for: key).flatMap { isFree($0) ? $0 : nil }
        case .any where queue.isEmpty:
            let (slots, capacity) = (slots, capacity)
            return selection.choose(slots: slots.count) { slots.room($0, capacity) }
        case .any: return select(from: loads { $0.isFree($1) })
        case .tag(let tag): return select(tag, from: loads { $0.slots[$1].has(tag) && $0.isFree($1) })
        }
    }

    /// Whether a worker has room that nobody waits for.
    private mutating func isFree(_ slot: Int) -> Bool {
        slots.room(slot, capacity) != nil && (queue.isEmpty || !queue.hasWaiter(slots[slot].seats))
    }

    /// By slot; `nil`: not to be chosen.
    private mutating func loads(of isCandidate: (inout PoolState, Int) -> Bool) -> [WorkerSelection.Load?] {
        var loads: [WorkerSelection.Load?] = []
        for slot in slots.indices { loads.append(isCandidate(&self, slot) ? slots.room(slot, capacity) : nil) }
        return loads
    }

    private mutating func select(_ tag: UInt64? = nil, from loads: [WorkerSelection.Load?]) -> Int? {
        selection.choose(tag: tag, slots: loads.count) { loads[$0] }
    }

    /// Gives free places to calls that wait for them.
    mutating func seat(at now: Instant) -> [(QueuedCall, Peer)] {
        var seated: [(QueuedCall, Peer)] = []
        while !queue.isEmpty {
            let slot = select(
                from: loads { $0.slots.room($1, $0.capacity) != nil && $0.queue.hasWaiter($0.slots[$1].seats) })
            guard let slot, let peer = slots[slot].peer,
                let entry = queue.take(slots[slot].seats, &slots[slot].record.turn)
            else { break }
            peer.takePlace()
            statistics.wait.add(now - entry.since)
            seated.append((entry.waiter, peer))
        }
        return seated
    }

    mutating func add(_ id: UInt64, _ call: QueuedCall, _ wish: Wish, at now: Instant) -> Bool {
        queue.add(
            id, call, wish: wish, seat: seat(of: wish), priority: call.terms.priority, deadline: call.terms.deadline,
            at: now)
    }

    /// Why `add` has refused a call.
    func overloaded(_ wish: Wish) -> CallOutcome {
        let (waiting, limit, isOfSlot) = queue.exhausted(for: wish) ?? (queue.count, limits.queue, false)
        let place = if isOfSlot, case .slot(let slot) = wish { "\(group)/\(slot)" } else { group }
        return .overloaded(place, waiting: waiting, limit: limit)
    }

    private func seat(of wish: Wish) -> PoolQueue<QueuedCall>.Seat {
        switch wish {
        case .any: .any
        case .slot(let slot): .slot(slot)
        case .tag(let tag): .tag(tag)
        case .key(let key): slot(for: key).map { .key(slot: $0) } ?? .any
        }
    }

    /// The slot that a key's calls go to. While no slot may have it, the first one that gets a worker will.
    private func slot(for key: UInt64) -> Int? {
        let ready = { StableHash.slot(for: key, slots: slots.count) { slots[$0].state == .ready } }
        let begun = { StableHash.slot(for: key, slots: slots.count) { slots[$0].record.hasBegun && !slots[$0].isGone } }
        return isSticky ? begun() : ready() ?? begun()
    }

    // MARK: Slots

    mutating func update(_ slot: Int, at now: Instant, _ change: (inout PoolSlot) -> Void) {
        while slots.count <= slot { slots.append(PoolSlot.empty(group, slots.count)) }
        mostSlots = max(mostSlots, slots.count)
        let old = slots[slot]
        change(&slots[slot])
        slots[slot].record = old.record
        // One that gets its slot back has been counted.
        if slots[slot].worker.incarnation > old.worker.incarnation { slots[slot].record.starts += 1 }
        if let peer = slots[slot].peer, slots[slot].record.counted.allSatisfy({ $0 !== peer }) {
            slots[slot].record.counted.append(peer)
        }
        let isReady = slots[slot].state == .ready
        if isReady {
            slots[slot].record.hasBegun = true
            slots[slot].readyAt = slots[slot].readyAt ?? now
        }
        if (old.state == .ready) != isReady { reseat() }
    }

    /// All calls to the process have an outcome.
    mutating func ended(
        _ slot: Int, _ peer: Peer, _ calls: CallStatistics, _ connections: ConnectionStatistics
    ) {
        var connections = connections
        connections.end()
        guard slots.indices.contains(slot), let place = slots[slot].record.counted.firstIndex(where: { $0 === peer })
        else {
            removed.add(calls)
            return removedConnections.add(connections)
        }
        slots[slot].record.counted.remove(at: place)
        slots[slot].record.past.add(calls)
        slots[slot].record.pastConnections.add(connections)
    }

    mutating func exited(_ slot: Int, _ exit: WorkerStatistics.Exit, at now: Instant) {
        guard slots.indices.contains(slot) else { return }
        (slots[slot].record.lastExit, slots[slot].record.exitedAt) = (exit, now)
    }

    mutating func giveUp(_ slot: Int, hasFailed: Bool) {
        (slots[slot].isGone, slots[slot].hasFailed) = (true, hasFailed)
        reseat()
    }

    mutating func release() {
        isRestarted = false
        for slot in slots.indices { slots[slot].isGone = true }
    }

    mutating func removeLast() {
        if let slot = slots.popLast() {
            removed.add(slot.record.past)
            removedConnections.add(slot.record.pastConnections)
        }
        reseat()
    }

    private mutating func reseat() {
        var queue = queue
        self.queue = PoolQueue(limit: limits.queue)
        queue.reseat { seat(of: .key($0)) }
        self.queue = queue
    }

    // MARK: Endings

    /// A worker that takes calls which belong to running ones.
    func draining(_ wish: Wish) -> Peer? {
        let mayServe = { (slot: Int) -> Bool in
            switch wish {
            case .any, .key: true
            case .slot(let wished): slot == wished
            case .tag(let tag): slots[slot].has(tag)
            }
        }
        return slots.indices.first { slots[$0].state == .draining && slots[$0].peer != nil && mayServe($0) }
            .flatMap { slots[$0].peer }
    }

    /// Why no worker will come any more; `nil`: one may.
    func ending(of wish: Wish) -> Ending? {
        if isRestarted, !isStopped, slots.allSatisfy(\.isGone), slots.contains(where: \.hasFailed) { return nil }
        // A slot that was given up before the pool was stopped is no part of the stop.
        let stopped: Ending? = isStopped ? .stopped : nil
        switch wish {
        case .any, .key: return slots.allSatisfy(\.isGone) ? .gone : stopped
        case .tag(let tag):
            return slots.allSatisfy { $0.isGone || $0.record.hasBegun && !$0.has(tag) } ? .gone : stopped
        case .slot(let slot):
            guard slots.indices.contains(slot) else { return .gone }
            guard slots[slot].isGone else { return stopped }
            return slots[slot].state == .draining ? .stopped : .gone
        }
    }

    mutating func takeVain(_ ending: Ending) -> [QueuedCall] {
        if queue.isEmpty { return [] }
        // Without the queue, which would be copied as soon as it changes.
        var state = self
        state.queue = PoolQueue(limit: 0)
        let vain = queue.takeAll { state.ending(of: $0) == ending }
        statistics.refused += UInt64(vain.count)
        return vain
    }
}
