import ActorClusterTesting
import ProcessIO

@testable import ActorCluster

/// Which workers are replaced for their memory, age and calls: the rules, and, found out apart, whose turn it may be.
struct SimulatedTurnover {
    let limits: PoolLimits
    let defect: SimulatedDefect?
    var rules: Turnover
    var nextLook: Instant?
    var deadline: Instant?

    /// The pool's start; nobody is replaced before.
    var started = Duration.zero
    var turn: (slot: Int, since: Instant)?
    /// Since then it has been nobody's turn.
    var freeSince = Duration.zero
    var bloated: [UInt64: Duration] = [:]
    var overMemory: Set<UInt64> = []
    var due: [UInt64: Duration] = [:]

    static let bytes = 1_000
    static let turnLimit = Duration.seconds(45)

    init(_ world: inout SimulatedWorld) {
        var limits = PoolLimits()
        if world.chance(25) { limits.memory = Self.bytes }
        if world.chance(15) { limits.age = world.span(20_000...90_000) }
        if world.chance(15) { limits.calls = 50 + world.generator.below(500) }
        self.limits = limits
        defect = world.defect
        let timeouts = WorkerTimeouts()
        rules = Turnover(limits, turn: timeouts.drain + timeouts.terminate + timeouts.ready)
    }

    var lookInterval: Duration {
        let policy = HealthPolicy()
        return limits.calls == nil ? policy.memoryEvery : min(policy.every, policy.memoryEvery)
    }

    mutating func isFree(_ slot: Int, _ world: SimulatedWorld) {
        guard turn?.slot == slot else { return }
        (turn, freeSince) = (nil, world.time)
    }

    mutating func forget(_ incarnation: UInt64) {
        (bloated[incarnation], due[incarnation]) = (nil, nil)
        overMemory.remove(incarnation)
    }
}

/// Does what `PoolSupervisor` does with the rules.
extension SimulatedPool {
    mutating func beginTurnover(_ world: inout SimulatedWorld) {
        guard !turnover.rules.isOff else { return }
        turnover.started = world.time
        turnover.nextLook = turnover.limits.needsLook ? world.now + turnover.lookInterval : nil
        armTurnover()
    }

    mutating func endTurnover() { (turnover.nextLook, turnover.deadline) = (nil, nil) }

    mutating func follow(_ event: Supervision.Event, of incarnation: UInt64, slot: Int, _ world: inout SimulatedWorld) {
        guard !turnover.rules.isOff else { return }
        switch event {
        case .ready:
            guard supervision.isReady(incarnation) || world.defect == .lateReadyCounts else { break }
            turnover.rules.ready(incarnation, slot: slot, at: world.now, chance: world.fraction())
            turnover.isFree(slot, world)
            world.check(live[incarnation]?.readySince != nil, "slot \(slot) counts as ready, and its process leaves")
        case .disconnected, .violated, .incompatible, .reaped, .exited, .spawnFailed, .withdrawn, .unhealthy,
            .failing, .replace, .stopRequested:
            turnover.rules.left(incarnation, slot: slot)
        case .spawned, .online, .failed, .suspect, .recovered: break
        }
        armTurnover()
    }

    mutating func slotIsOver(_ slot: Int, _ world: SimulatedWorld) {
        guard !turnover.rules.isOff else { return }
        if world.defect != .keepsTurns { turnover.rules.isOver(slot) }
        turnover.isFree(slot, world)
        armTurnover()
    }

    mutating func armTurnover() {
        let isReloading = supervision.isReloading && turnover.defect != .turnsOverInReload
        let isActive = supervision.phase == .running && !isStopping && !isReloading
        let next = [turnover.rules.nextDeadline, turnover.nextLook].compactMap { $0 }.min()
        turnover.deadline = isActive ? next : nil
    }

    mutating func advanceTurnover(_ world: inout SimulatedWorld) {
        guard let next = turnover.deadline, next <= world.now else { return }
        look(&world)
        for action in turnover.rules.tick(at: world.now) { perform(action, &world) }
        armTurnover()
    }

    private mutating func look(_ world: inout SimulatedWorld) {
        guard let next = turnover.nextLook, next <= world.now else { return }
        turnover.nextLook = world.defect == .looksOnce ? nil : world.now + turnover.lookInterval
        for (slot, incarnation) in turnover.rules.incarnations.sorted(by: { $0.key < $1.key }) {
            guard let worker = live[incarnation]?.worker else { continue }
            let calls = health[incarnation]?.rules.callsServed ?? 0
            turnover.rules.served(calls, incarnation: incarnation, slot: slot)
            guard turnover.limits.memory != nil else { continue }
            let bytes = worker.bloats <= world.now ? SimulatedTurnover.bytes + 1 : SimulatedTurnover.bytes
            let actions = turnover.rules.measured(incarnation, slot: slot, bytes: bytes)
            for action in actions { perform(action, &world) }
        }
    }

    private mutating func perform(_ action: Turnover.Action, _ world: inout SimulatedWorld) {
        switch action {
        case .overMemory(let incarnation, _, _):
            let isLarge = live[incarnation].map { $0.worker.bloats <= world.now } ?? false
            world.check(isLarge, "a worker is said to be too large")
            world.check(turnover.overMemory.insert(incarnation).inserted, "a worker's size is told of twice")
        case .replace(let incarnation, let reason):
            replace(incarnation, reason, &world)
            let event = world.defect == .replacementIsFailure ? Supervision.Event.failing(.stopped) : .replace
            if let process = live[incarnation], world.defect == .replacementIsFailure {
                live[incarnation]?.isReplaced = process.isReplaced || process.told == nil
            }
            tell(event, of: incarnation, &world)
        }
    }

    // MARK: What must hold

    private mutating func replace(_ incarnation: UInt64, _ reason: Turnover.Reason, _ world: inout SimulatedWorld) {
        guard let process = live[incarnation], let ready = process.readySince else {
            return world.check(false, "a worker is replaced that is not ready")
        }
        let slot = process.worker.slot
        world.count(reason)
        let isTurn = turnover.turn.map { world.now - $0.since >= SimulatedTurnover.turnLimit } ?? true
        world.check(isTurn, "slot \(slot) is replaced out of its turn")
        world.check(reload == nil, "slot \(slot) is replaced during a reload")
        turnover.turn = (slot, world.now)
        if world.defect == .forgetsTurn { turnover.rules.isOver(slot) }
        guard process.told == nil else { return }
        switch reason {
        case .memory: world.check(turnover.overMemory.contains(incarnation), "slot \(slot) is not too large")
        case .age(let limit):
            let isOld = (world.now - ready) * 4 >= limit * 3 - .milliseconds(1)
            world.check(isOld, "slot \(slot) is replaced too young")
        case .calls(let calls):
            let limit = turnover.limits.calls ?? .max
            world.check(
                calls <= health[incarnation]?.reportedCalls ?? 0 && Int(calls) * 4 >= limit * 3 - 4,
                "slot \(slot) is replaced after too few calls")
        }
    }

    mutating func inspectTurnover(_ world: inout SimulatedWorld) {
        guard !turnover.rules.isOff, hasStarted, !isStopping, reload == nil else { return }
        if let turn = turnover.turn, world.now - turn.since >= SimulatedTurnover.turnLimit {
            turnover.isFree(turn.slot, world)
        }
        for (incarnation, process) in live {
            guard let ready = process.readySince, process.told == nil, process.pipeEnded == nil, !process.isReaped
            else { continue }
            inspect(incarnation, process.worker, ready, &world)
        }
    }

    private mutating func inspect(
        _ incarnation: UInt64, _ worker: SimulatedWorker, _ ready: Instant, _ world: inout SimulatedWorld
    ) {
        if turnover.limits.memory != nil, worker.bloats <= world.now, !turnover.overMemory.contains(incarnation) {
            let since = turnover.bloated[incarnation] ?? world.time
            turnover.bloated[incarnation] = since
            let isSeen = world.time - max(since, turnover.started) <= .milliseconds(5_100)
            world.check(isSeen, "slot \(worker.slot) is too large, and nobody looks")
        }
        let isOld = turnover.limits.age.map { world.now - ready >= $0 } ?? false
        let isUsed = turnover.limits.calls.map { Int(health[incarnation]?.reportedCalls ?? 0) >= $0 } ?? false
        guard isOld || isUsed || turnover.overMemory.contains(incarnation) else { return }
        let since = turnover.due[incarnation] ?? world.time
        turnover.due[incarnation] = since
        let waited = world.time - max(since, turnover.freeSince, turnover.started)
        let isInTime = turnover.turn != nil || waited <= .milliseconds(1_100)
        world.check(isInTime, "slot \(worker.slot) should be replaced and is not")
    }
}
