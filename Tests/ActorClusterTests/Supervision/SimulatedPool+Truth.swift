import ActorClusterTesting
import ProcessIO

@testable import ActorCluster

/// What must hold, whatever the rules decide.
extension SimulatedPool {
    // MARK: What processes do

    /// Keeps what is known apart from the rules up to date. False: the rules do not hear of it.
    mutating func note(_ event: Supervision.Event, of incarnation: UInt64, _ world: inout SimulatedWorld) -> Bool {
        switch event {
        case .spawned: live[incarnation]?.isSpawned = true
        case .ready:
            if live[incarnation]?.told == nil { live[incarnation]?.readySince = world.now }
        case .disconnected: if live[incarnation]?.pipeEnded == nil { live[incarnation]?.pipeEnded = world.time }
        case .incompatible: live[incarnation]?.isIncompatible = true
        case .replace: if live[incarnation]?.told == nil { live[incarnation]?.isReplaced = true }
        case .exited(let status): return ended(incarnation, status, &world)
        case .spawnFailed, .withdrawn: return ended(incarnation, nil, &world)
        case .reaped: live[incarnation]?.isReaped = true
        case .online, .failed, .violated, .suspect, .recovered, .unhealthy, .failing: break
        case .stopRequested: if live[incarnation]?.told == nil { retire(incarnation) }
        }
        return true
    }

    private mutating func retire(_ incarnation: UInt64) {
        guard let slot = live[incarnation]?.worker.slot, owners[slot] == incarnation else { return }
        live[incarnation]?.isRetired = true
        records[slot].isForbidden = true
    }

    private mutating func ended(_ incarnation: UInt64, _ status: EndStatus?, _ world: inout SimulatedWorld) -> Bool {
        guard let gone = live.removeValue(forKey: incarnation) else { return true }
        if world.defect == .exitIsNotHeard, world.chance(5) { return false }
        plan.exited(incarnation)
        turnover.forget(incarnation)
        let slot = gone.worker.slot
        // What it is told to do takes 15 s at most, and dying as long as the system takes.
        let limit = Duration.milliseconds(15_100) + gone.worker.dies
        world.check(gone.told.map { world.time - $0 <= limit } ?? true, "slot \(slot): not gone in time")
        noteAttempt(gone)
        guard owners[slot] == incarnation else { return besideEnded(gone, world) }
        records[slot].ended = world.now
        records[slot].endedTime = world.time
        records[slot].isWished = gone.isReplaced && status != .code(125)
        if let ready = gone.readySince, world.now - ready >= .seconds(30) {
            (records[slot].restarts, records[slot].failures) = ([], 0)
        }
        records[slot].isPermanent = status == .code(125) || gone.isIncompatible
        let looksWished = status == .signal(15) || status == .code(0) && settings.policy == .onFailure
        records[slot].isForbidden =
            gone.isRetired || !gone.isReplaced && (records[slot].isPermanent || gone.told == nil && looksWished)
        return true
    }

    // MARK: What is decided

    mutating func perform(_ action: Supervision.Action, _ world: inout SimulatedWorld) {
        switch action {
        case .spawn(let slot, let incarnation): spawn(slot, incarnation, &world)
        case .spawnBeside(let slot, let incarnation): spawnBeside(slot, incarnation, &world)
        case .handOver(let slot, let incarnation): handOver(slot, to: incarnation, &world)
        case .stop(let incarnation, let stage):
            world.check(live[incarnation] != nil, "a process that is gone is told to go")
            inspectStop(of: incarnation, &world)
            if live[incarnation]?.told == nil { live[incarnation]?.told = world.time }
            for step in plan.stop(incarnation, from: stage, at: world.now) { signal(step, &world) }
        case .route(let slot): route(slot, &world)
        case .unroute(let slot):
            inspectUnroute(slot, &world)
            if world.defect != .keepsRouting || world.chance(90) { routed.remove(slot) }
        case .suspect(let slot): routed.remove(slot)
        case .started: started(&world)
        case .startFailed: isStopping = true
        case .gaveUp(let slot): gaveUp(slot, &world)
        case .retired(let slot): retired(slot, &world)
        case .poolGaveUp(let error):
            world.check(live.isEmpty && records.allSatisfy(\.isOver), "pool \(number) gives up and is not at its end")
            told.append(.gaveUp(error))
        case .replaced(let slot):
            world.check(waiting.remove(slot) != nil || world.defect != nil, "slot \(slot): nobody waits")
        case .notReplaced(let slot, _): if world.defect != .forgetsWaiters { waiting.remove(slot) }
        case .removed(let slot): removed(slot, &world)
        case .scaled, .scaleFailed: scaled(action == .scaled, &world)
        case .reloaded: reloaded(nil, &world)
        case .reloadFailed(let error): reloaded(error, &world)
        case .stopped: stopped(&world)
        }
    }

    private mutating func spawn(_ slot: Int, _ incarnation: UInt64, _ world: inout SimulatedWorld) {
        world.check(!isStopping, "slot \(slot) is filled after the stop")
        world.check(owners[slot].map { live[$0] == nil } ?? true, "slot \(slot) is filled twice")
        world.check(!routed.contains(slot), "slot \(slot) is routed without a process")
        guard records.indices.contains(slot) else { return world.check(false, "there is no slot \(slot)") }
        if reload != nil { noteTurn(of: slot, incarnation, &world) }
        world.check(!records[slot].isOver, "slot \(slot) is filled and was given up")
        world.check(!records[slot].isForbidden, "slot \(slot) is filled after an end that forbids it")
        if !records[slot].isWished { restarted(slot, &world) }
        records[slot].isWished = false
        owners[slot] = incarnation
        begin(slot, incarnation, &world)
        if world.defect == .spawnsTwice, world.chance(2) { spawn(slot, incarnation + 1_000_000, &world) }
    }

    /// A process with a fate.
    mutating func begin(_ slot: Int, _ incarnation: UInt64, _ world: inout SimulatedWorld) {
        let build = supervision.build(of: incarnation) ?? -1
        world.check(build == buildOfNext(slot), "slot \(slot) gets build \(build) and not \(buildOfNext(slot))")
        let isGentle = !hasStarted && world.chance(97)
        let isCounted = turnover.limits.calls != nil
        let temper = builds[build]?.temper(in: slot, &world) ?? .any
        let worker = SimulatedWorker(
            slot: slot, temper: isGentle ? .gentle : temper, isCounted: isCounted, &world)
        live[incarnation] = Live(worker: worker, spawned: world.time, build: build)
        for (moment, event) in worker.script {
            world.plan(.event(pool: number, incarnation: incarnation, event), at: moment)
        }
        world.check(live.count <= records.count + (reload?.surge ?? 0), "pool \(number) has too many processes")
    }

    /// At once the first time, and then when its pause is over.
    private mutating func restarted(_ slot: Int, _ world: inout SimulatedWorld) {
        count(slot, &world)
        let least = settings.backoff.pause(afterFailures: records[slot].failures, chance: 0)
        world.check(world.now - records[slot].ended >= least, "slot \(slot): restarted too early")
        let most = settings.backoff.pause(afterFailures: records[slot].failures, chance: 1) + .milliseconds(1)
        world.check(world.time - records[slot].endedTime <= most, "slot \(slot): restarted too late")
    }

    /// Not too often.
    mutating func count(_ slot: Int, _ world: inout SimulatedWorld) {
        let (decided, window) = (records[slot].ended, settings.intensity.window)
        records[slot].restarts = records[slot].restarts.filter { decided - $0 < window } + [decided]
        records[slot].failures += 1
        let isWithinBudget = records[slot].restarts.count <= settings.intensity.restarts
        world.check(isWithinBudget, "slot \(slot): too many restarts")
    }

    private mutating func route(_ slot: Int, _ world: inout SimulatedWorld) {
        world.check(routed.insert(slot).inserted, "slot \(slot) is routed twice")
        world.check(!isStopping, "slot \(slot) is routed after the stop")
        let owner = owners[slot].flatMap { live[$0] }
        let isReady = owner?.readySince != nil && owner?.told == nil
        world.check(isReady, "slot \(slot) is routed and not ready")
    }

    private mutating func started(_ world: inout SimulatedWorld) {
        world.check(!hasStarted && routed.count == records.count, "pool \(number) has started and is not ready")
        hasStarted = true
        told.append(.started)
        beginTurnover(&world)
    }

    private mutating func gaveUp(_ slot: Int, _ world: inout SimulatedWorld) {
        world.check(owners[slot].map { live[$0] == nil } ?? true, "slot \(slot) is given up with a process in it")
        let (decided, window) = (records[slot].ended, settings.intensity.window)
        let isSpent = records[slot].restarts.count { decided - $0 < window } >= settings.intensity.restarts
        world.check(isSpent || records[slot].isPermanent, "slot \(slot) is given up too early")
        records[slot].isOver = true
        slotIsOver(slot, world)
    }

    private mutating func retired(_ slot: Int, _ world: inout SimulatedWorld) {
        let isUndone = scaling.map { slot >= $0.from } ?? false
        world.check(records[slot].isForbidden || isUndone, "slot \(slot) is retired, and nobody wished it")
        for process in live.filter({ $0.value.worker.slot == slot }) { live[process.key]?.isRetired = true }
        slotIsOver(slot, world)
        if world.defect == .fillsStoppedSlot { return restartRetired(slot, &world) }
        records[slot].isOver = true
    }

    private mutating func restartRetired(_ slot: Int, _ world: inout SimulatedWorld) {
        guard !live.values.contains(where: { $0.worker.slot == slot }), slot < records.count else { return }
        world.lastIncarnation += 1
        spawn(slot, world.lastIncarnation, &world)
    }

    private mutating func removed(_ slot: Int, _ world: inout SimulatedWorld) {
        world.check(slot == records.count - 1, "slot \(slot) is removed and not the last")
        world.check(!live.values.contains { $0.worker.slot == slot }, "slot \(slot) is removed with a process in it")
        if world.defect != .keepsRemovedSlots { records.removeLast() }
        routed.remove(slot)
        slotIsOver(slot, world)
    }

    private mutating func scaled(_ isDone: Bool, _ world: inout SimulatedWorld) {
        guard let scaling else { return world.check(false, "pool \(number) was not to be scaled") }
        self.scaling = nil
        if isStopping { return }
        world.check(records.count == (isDone ? scaling.to : scaling.from), "pool \(number) has \(records.count) slots")
        let news = scaling.from..<max(scaling.from, scaling.to)
        world.check(!isDone || news.allSatisfy(routed.contains), "pool \(number) has grown and is not ready")
    }

    private mutating func stopped(_ world: inout SimulatedWorld) {
        world.check(isStopping && !isStopped, "pool \(number) has stopped unasked")
        world.check(live.isEmpty, "pool \(number) has stopped, and processes are left")
        isStopped = true
        told.append(isHalting ? .halted : .startFailed(.stopped))
    }

    // MARK: After each step

    mutating func inspect(_ world: inout SimulatedWorld) {
        for (incarnation, process) in live {
            let (slot, time) = (process.worker.slot, world.time)
            if process.told != nil {
                let isOwner = owners[slot] == incarnation
                world.check(!isOwner || !routed.contains(slot), "slot \(slot) is routed, and its process leaves")
                continue
            }
            let isCutOff = process.pipeEnded.map { time - $0 > .milliseconds(50) } ?? false
            world.check(!isCutOff || process.isReaped, "slot \(slot): its pipe has ended, and it is left alone")
            let isLate = process.isSpawned && process.readySince == nil && time - process.spawned > .seconds(31)
            world.check(!isLate || process.isReaped, "slot \(slot): it starts for ever")
        }
        guard hasStarted, !isStopping else { return }
        inspectReload(&world)
        let filled = Set(records.indices.filter { slot in owners[slot].map { live[$0] != nil } ?? false })
        for slot in records.indices where !records[slot].isOver && !filled.contains(slot) {
            world.check(world.time - records[slot].endedTime <= .milliseconds(12_600), "slot \(slot) is forgotten")
            world.check(!records[slot].isWished, "slot \(slot): a replacement that was wished for waits")
        }
    }

    /// Nothing may be left.
    mutating func finish(_ world: inout SimulatedWorld) {
        world.check(live.isEmpty, "pool \(number): processes are left")
        world.check(plan.isEmpty, "pool \(number): its plan waits for nobody")
        world.check(isStopped, "pool \(number) has not stopped")
        world.check(waiting.isEmpty, "pool \(number): somebody waits for slots \(waiting.sorted())")
        world.check(reload == nil, "pool \(number): somebody waits for a reload")
        world.check(scaling == nil, "pool \(number): somebody waits for another size")
        world.check(routed.isEmpty, "pool \(number): slots \(routed.sorted()) are routed")
    }
}

extension SimulatedDefect {
    func altered(_ settings: Supervision.Settings) -> Supervision.Settings {
        var settings = settings
        switch self {
        case .oneRestartTooMany: settings.intensity.restarts += 1
        case .noBackoff: settings.backoff = .none
        case .restartsAfterExit0: settings.policy = .always
        case .settlesAtOnce: settings.settle = .zero
        case .startHasNoLimit: settings.ready = .seconds(300)
        default: break
        }
        return settings
    }

    func altered(_ policy: HealthPolicy) -> HealthPolicy {
        var policy = policy
        if self == .asksRootEarly { policy.checkEvery = .seconds(9) }
        if self == .asksRootLate { policy.checkEvery = .seconds(12) }
        return policy
    }
}
