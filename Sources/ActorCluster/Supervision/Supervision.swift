package import ProcessIO

/// The rules of a pool, slot by slot: events and the time in, what is to be done out.
///
/// A slot is `idle`, `starting` (spawned, then online), `ready`, `suspect`, `cutOff` (its pipe has ended), `leaving`
/// (made to go), `paused` before a restart, or `over`. It is filled again only after its process has been reaped.
package struct Supervision: Equatable, Sendable {
    package struct Settings: Equatable, Sendable {
        package var count: Int
        package var policy = RestartPolicy.always
        package var intensity = RestartIntensity.default
        package var backoff = Backoff()
        package var ready = WorkerTimeouts().ready
        package var hello = Limits.hello
        package var settle = WorkerTimeouts().settle

        package init(count: Int) { self.count = count }
    }

    enum Slot: Equatable, Sendable {
        case idle
        case starting(UInt64, isOnline: Bool)
        case ready(UInt64)
        /// It has been silent for a while; it gets no calls until it speaks again.
        case suspect(UInt64)
        /// Its exit status is due any moment and tells why. If it is not there in time, the process is made to leave.
        case cutOff(UInt64, until: Instant)
        case leaving(UInt64, Departure)
        case paused(until: Instant)
        case over
    }

    /// Why a process is made to go.
    enum Departure: Equatable, Sendable {
        /// The pool stops.
        case asked
        /// For its own fault, so it counts as failed whatever its exit status is.
        case forced
        case incompatible
        /// Another one takes its place at once; it has not failed.
        case replaced
        /// Its slot is to stay empty.
        case retired
    }

    enum Phase: Equatable, Sendable { case starting, running, stopping, stopped }

    /// What is known of one process.
    struct Life: Equatable, Sendable {
        var incarnation: UInt64 = 0
        var build = 0
        /// `nil`: there is no process yet.
        var spawned: Instant?
        /// `nil`: it has not been ready.
        var ready: Instant?
        var error: ClusterError?
        /// What it said last before it ended.
        var lastOutput: [String] = []
    }

    struct History: Equatable, Sendable {
        var budget: RestartBudget
        var failures = 0
        var isGivenUp = false
        /// The last process of the slot.
        var life = Life()
        /// What its next process is to run.
        var build: Int
        var exits: [PastExit] = []
        /// Somebody waits for a ready process that is newer than this one.
        var awaited: UInt64?
    }

    var settings: Settings
    let group: String
    var slots: [Slot]
    var histories: [History]
    var phase = Phase.starting
    var scaling: Scaling?
    /// What new processes run, unless a reload has come to their slot.
    var build = 0
    var reload: ReloadPlan?
    /// Second processes of slots that are being reloaded.
    var besides: [Int: Beside] = [:]
    /// The pool has said that no slot is left.
    var hasGivenUp = false

    package init(group: String, settings: Settings) {
        self.group = group
        self.settings = settings
        slots = Array(repeating: .idle, count: settings.count)
        histories = Array(
            repeating: History(budget: RestartBudget(settings.intensity), build: 0), count: settings.count)
    }

    /// Processes that are not reaped yet, by slot; without second ones.
    package var incarnations: [UInt64?] { slots.map(\.incarnation) }

    /// All processes that are not reaped yet.
    package var allIncarnations: [UInt64] {
        slots.compactMap(\.incarnation) + besides.values.map(\.life.incarnation).sorted()
    }

    /// Whether it got ready in time. One that was told to leave before is not, whatever it says.
    package func isReady(_ incarnation: UInt64) -> Bool { slots.contains(.ready(incarnation)) }

    /// When `tick` has something to do next.
    package var nextDeadline: Instant? {
        let first = slots.indices.compactMap { slot -> Instant? in deadline(slots[slot], histories[slot].life) }
        let second = besides.values.compactMap { deadline($0.state, $0.life) }
        return (first + second + [reload?.nextDeadline].compactMap { $0 }).min()
    }

    // MARK: Starting and stopping the pool

    /// Fills all slots, once. `newIncarnation` numbers the processes. A pool that has been stopped before says so
    /// again.
    package mutating func start(at now: Instant, newIncarnation: () -> UInt64) -> [Action] {
        if phase == .stopped { return [.stopped] }
        guard phase == .starting, slots.allSatisfy({ $0 == .idle }) else { return [] }
        return slots.isEmpty
            ? begin() : slots.indices.map { spawn($0, at: now, incarnation: newIncarnation()) }
    }

    /// Makes a pool that has stopped as it was before its start. What is known of its last exits stays.
    package mutating func reopen() -> [Action] {
        guard phase == .stopped else { return [] }
        phase = .starting
        let removed = slots.indices.dropFirst(settings.count).reversed().map { Action.removed(slot: $0) }
        slots = Array(repeating: .idle, count: settings.count)
        histories = slots.indices.map { slot in
            var fresh = History(budget: RestartBudget(settings.intensity), build: build)
            fresh.exits = histories[slot].exits
            return fresh
        }
        return removed
    }

    /// Nothing is started any more; all processes leave.
    package mutating func stop() -> [Action] {
        guard phase != .stopping, phase != .stopped else { return [] }
        phase = .stopping
        var actions = endScaling(.stopped) + endReload()
        for slot in slots.indices {
            actions += leave(slot, .asked) + dismiss(slot, .asked) + endWait(slot, .stopped)
            if slots[slot].incarnation == nil { slots[slot] = .over }
        }
        return actions + finishStop()
    }

    /// The process of a slot, if it has one, is to leave by its own will.
    mutating func leave(_ slot: Int, _ departure: Departure) -> [Action] {
        switch slots[slot] {
        case .starting(let incarnation, _), .ready(let incarnation), .suspect(let incarnation):
            slots[slot] = .leaving(incarnation, departure)
            return [.unroute(slot: slot), .stop(incarnation: incarnation, from: .drain)]
        case .cutOff(let incarnation, _):
            slots[slot] = .leaving(incarnation, departure)
            return [.stop(incarnation: incarnation, from: .terminate)]
        case .leaving(let incarnation, _):
            slots[slot] = .leaving(incarnation, departure)
            return []
        case .idle, .paused, .over: return []
        }
    }

    /// Starts what has paused long enough, kills what has not started in time, ends what has lost its pipe and lives,
    /// and goes on with a reload.
    package mutating func tick(at now: Instant, newIncarnation: () -> UInt64) -> [Action] {
        var actions: [Action] = []
        for slot in slots.indices {
            if case .paused(let until) = slots[slot], until <= now {
                actions.append(spawn(slot, at: now, incarnation: newIncarnation()))
            }
            var life = histories[slot].life
            guard let end = endIfLate(slots[slot], &life, slot, at: now) else { continue }
            (slots[slot], histories[slot].life) = (end.state, life)
            actions.append(end.action)
        }
        for (slot, var beside) in besides.sorted(by: { $0.key < $1.key }) {
            guard let end = endIfLate(beside.state, &beside.life, slot, at: now) else { continue }
            beside.state = end.state
            besides[slot] = beside
            actions.append(end.action)
        }
        return actions + advance(at: now, newIncarnation)
    }

    private func endIfLate(
        _ state: Slot, _ life: inout Life, _ slot: Int, at now: Instant
    ) -> (state: Slot, action: Action)? {
        guard let deadline = deadline(state, life), deadline <= now else { return nil }
        switch state {
        case .starting(let incarnation, let isOnline):
            let limit = startLimit(isOnline: isOnline)
            // A factory that threw and a process that then does not end: the first is the reason.
            let late: ClusterError =
                isOnline ? .notReady(id(life, slot), after: limit) : .noHello(id(life, slot), after: limit)
            life.error = life.error ?? late
            return (.leaving(incarnation, .forced), .stop(incarnation: incarnation, from: .kill))
        case .cutOff(let incarnation, _):
            return (.leaving(incarnation, .forced), .stop(incarnation: incarnation, from: .terminate))
        default: return nil
        }
    }

    /// When the process, or the pause, has had its time. `nil`: it has none, or its turn to be spawned has not come.
    private func deadline(_ state: Slot, _ life: Life) -> Instant? {
        switch state {
        case .paused(let until), .cutOff(_, let until): until
        case .starting(_, let isOnline): life.spawned.map { $0 + startLimit(isOnline: isOnline) }
        default: nil
        }
    }

    private func startLimit(isOnline: Bool) -> Duration {
        isOnline ? settings.ready : min(settings.hello, settings.ready)
    }

    func id(_ life: Life, _ slot: Int) -> WorkerID {
        WorkerID(group: group, slot: slot, incarnation: life.incarnation)
    }

    func lastID(_ slot: Int) -> WorkerID {
        id(histories[slot].life, slot)
    }
}

extension Supervision.Slot {
    var incarnation: UInt64? {
        switch self {
        case .starting(let incarnation, _), .ready(let incarnation), .suspect(let incarnation),
            .cutOff(let incarnation, _), .leaving(let incarnation, _):
            incarnation
        case .idle, .paused, .over: nil
        }
    }

    var departure: Supervision.Departure? {
        if case .leaving(_, let departure) = self { departure } else { nil }
    }

    var isReady: Bool {
        if case .ready = self { true } else { false }
    }
}
