import ActorClusterTesting
import ProcessIO

@testable import ActorCluster

/// What the workers of one build are like.
enum SimulatedBuild: Equatable {
    case any
    case good
    /// From this slot on.
    case bad(SimulatedWorker.Temper, from: Int)

    init(slots: Int, _ world: inout SimulatedWorld) {
        switch world.generator.below(10) {
        case 0..<5: self = .good
        case 5: self = .any
        case 6..<8: self = .bad(.neverReady, from: world.generator.below(slots))
        default: self = .bad(.shortLived, from: world.generator.below(slots))
        }
    }

    func temper(in slot: Int, _ world: inout SimulatedWorld) -> SimulatedWorker.Temper {
        switch self {
        case .any: world.chance(60) ? .gentle : .any
        case .good: .gentle
        case .bad(let temper, let first): slot >= first ? temper : .gentle
        }
    }
}

/// A reload that somebody waits for, and what is known of it apart from the rules.
struct SimulatedReload {
    /// What has been seen to happen.
    enum Turn: String, CaseIterable {
        case reloaded, undone, gaveBack, promoted, keptNewBuild, stoppedReload
    }

    let new: Int
    let surge: Int
    /// Slots whose turn has come.
    var begun: Set<Int> = []
    /// The replacement whose failure has turned it back.
    var blamed: UInt64?
    /// How often the build before has failed in a slot since then.
    var attempts: [Int: Int] = [:]
    var lastProgress: Duration
}

extension SimulatedPool {
    static let settle = WorkerTimeouts().settle

    mutating func reload(_ world: inout SimulatedWorld) {
        guard scaling == nil, reload == nil, hasStarted, !isStopping else { return }
        let new = (builds.keys.max() ?? 0) + 1
        builds[new] = SimulatedBuild(slots: records.count, &world)
        // What it needs may be gone meanwhile.
        if world.chance(10) { builds[build] = .bad(.neverReady, from: world.generator.below(records.count)) }
        let surge = world.chance(60) ? 1 : 1 + world.generator.below(3)
        reload = SimulatedReload(new: new, surge: surge, lastProgress: world.time)
        let asked = world.defect == .surgesTooMuch ? surge + 1 : surge
        apply(&world) { $0.reload(to: new, surge: asked, at: $1, newIncarnation: $2) }
        armTurnover()
    }

    func buildOfNext(_ slot: Int) -> Int {
        guard let reload, reload.blamed == nil, reload.begun.contains(slot) else { return build }
        return reload.new
    }

    /// Before anything is done of what has been decided: whether it is a way back that begins.
    mutating func noteBlame(_ actions: [Supervision.Action], _ world: inout SimulatedWorld) {
        guard reload != nil, reload?.blamed == nil else { return }
        var blamed = supervision.reload?.failure?.worker.incarnation
        for case .reloadFailed(.reloadFailed(let worker, _)) in actions { blamed = worker.incarnation }
        guard let blamed else { return }
        reload?.blamed = blamed
        guard let process = live[blamed] else { return }
        world.check(process.build == reload?.new, "slot \(process.worker.slot) is blamed and has not been reloaded")
        // It was not wished that its slot stays empty.
        guard !process.isRetired || happening?.event == .stopRequested else { return }
        live[blamed]?.isRetired = false
        if owners[process.worker.slot] == blamed { records[process.worker.slot].isForbidden = false }
    }

    /// A process is to fill a slot that has none, during a reload.
    mutating func noteTurn(of slot: Int, _ incarnation: UInt64, _ world: inout SimulatedWorld) {
        if let last = owners[slot], last == reload?.blamed {
            (records[slot].isWished, records[slot].isForbidden) = (true, false)
        }
        // Whoever wishes for others again and again holds it up.
        if records[slot].isWished { reload?.lastProgress = world.time }
        guard supervision.build(of: incarnation) == reload?.new, reload?.begun.insert(slot).inserted == true else {
            return
        }
        reload?.lastProgress = world.time
        if records[slot].isOver, !records[slot].isForbidden || records[slot].isPermanent {
            records[slot] = Record(ended: world.now, endedTime: world.time)
        } else if !records[slot].isWished {
            // It pauses, and has been counted.
            count(slot, &world)
            records[slot].isWished = true
        }
    }

    mutating func spawnBeside(_ slot: Int, _ incarnation: UInt64, _ world: inout SimulatedWorld) {
        world.check(reload != nil && !isStopping, "slot \(slot) gets a second process without a reload")
        guard let reload, let owner = owners[slot], live[owner] != nil, records.indices.contains(slot) else {
            return world.check(false, "slot \(slot) gets a second process and has no first")
        }
        let isSecond = live.count { $0.value.worker.slot == slot } == 1
        world.check(isSecond, "slot \(slot) gets a third process")
        world.check(live[owner]?.isRetired == false, "slot \(slot) was to stay empty")
        if reload.blamed == nil { self.reload?.begun.insert(slot) }
        self.reload?.lastProgress = world.time
        begin(slot, incarnation, &world)
        guard world.defect == .drainsFirst else { return }
        apply(&world) { $0.handle(.replace, of: owner, at: $1, chance: 0, newIncarnation: $2) }
    }

    mutating func besideEnded(_ gone: Live, _ world: SimulatedWorld) -> Bool {
        reload?.lastProgress = world.time
        return world.defect != .outgoingIsNotHeard
    }

    mutating func noteAttempt(_ gone: Live) {
        if reload?.blamed != nil, gone.build == build { reload?.attempts[gone.worker.slot, default: 0] += 1 }
    }

    mutating func handOver(_ slot: Int, to incarnation: UInt64, _ world: inout SimulatedWorld) {
        guard let new = live[incarnation], let old = owners[slot], new.worker.slot == slot, old != incarnation else {
            return world.check(false, "slot \(slot) goes to a process that is not there")
        }
        if world.defect == .keepsOldRouting { return }
        world.check(reload != nil && !isStopping, "slot \(slot) is handed over without a reload")
        reload?.lastProgress = world.time
        let isReady = new.readySince != nil && new.told == nil && health[incarnation]?.isShunned != true
        let isHit = happening?.incarnation == old && happening?.event.signOfFailure != nil
        world.check(isReady || isHit || !routed.contains(slot), "slot \(slot) is handed over to one that is not ready")
        if old > incarnation {
            world.count(.gaveBack)
            turnover.rules.returned(incarnation, slot: slot)
        } else if live[old] == nil {
            world.count(.promoted)
        }
        if old < incarnation, let ready = live[old]?.readySince, world.now - ready >= .seconds(30) {
            (records[slot].restarts, records[slot].failures) = ([], 0)
        }
        owners[slot] = incarnation
        records[slot].isForbidden = new.isRetired
        records[slot].isWished = false
        if isReady { routed.insert(slot) } else { routed.remove(slot) }
    }

    // MARK: What must hold

    /// Nobody takes a slot's calls from it but for what has happened to its process, or by wish.
    mutating func inspectUnroute(_ slot: Int, _ world: inout SimulatedWorld) {
        guard routed.contains(slot), !isStopping, scaling == nil, let owner = owners[slot], let process = live[owner]
        else { return }
        let isHit = happening?.incarnation == owner && happening?.event.signOfFailure != nil
        let isWished = process.isRetired || process.isReplaced
        world.check(isHit || isWished || process.told != nil, "slot \(slot) loses its ready process")
    }

    /// One that is kept in reserve leaves when its successor has been well for long enough, or is itself not well.
    mutating func inspectStop(of incarnation: UInt64, _ world: inout SimulatedWorld) {
        guard let reload, reload.blamed == nil, !isStopping, let process = live[incarnation] else { return }
        let slot = process.worker.slot
        guard let owner = owners[slot], owner > incarnation, process.told == nil, !process.isRetired,
            process.readySince != nil, process.pipeEnded == nil, !process.isReaped, let successor = live[owner],
            happening?.incarnation != incarnation
        else { return }
        let isSettled = successor.readySince.map { world.now - $0 >= Self.settle } ?? false
        let isHit = happening?.incarnation == owner && happening?.event.signOfFailure != nil
        world.check(isSettled || isHit || successor.isRetired, "slot \(slot) gives its reserve away too early")
    }

    mutating func inspectReload(_ world: inout SimulatedWorld) {
        guard let reload else {
            return world.check(live.keys.allSatisfy(isOwner), "pool \(number) has second processes and no reload")
        }
        world.check(world.time - reload.lastProgress <= .seconds(60), "pool \(number): its reload is forgotten")
        for slot in records.indices where routed.contains(slot) {
            let ready = live.filter { $0.value.worker.slot == slot && $0.value.isWell }.keys.max()
            world.check(ready == nil || ready == owners[slot], "slot \(slot) is not its newest ready process's")
        }
    }

    private func isOwner(_ incarnation: UInt64) -> Bool { owners.values.contains(incarnation) }

    mutating func reloaded(_ error: ClusterError?, _ world: inout SimulatedWorld) {
        guard let reload else { return world.check(false, "pool \(number) was not to be reloaded") }
        self.reload = nil
        turnover.freeSince = world.time
        turnover.started = max(turnover.started, world.time)
        if error == .stopped {
            world.count(.stoppedReload)
            return world.check(isStopping || !hasStarted, "pool \(number): its reload is stopped, and it is not")
        }
        world.check((reload.blamed != nil) == (error != nil), "pool \(number): the outcome is not what happened")
        world.check(live.keys.allSatisfy(isOwner), "pool \(number) has been reloaded, and second processes are left")
        world.count(error == nil ? .reloaded : .undone)
        if error == nil { build = reload.new }
        let isWrong = world.defect == .restartsWrongBuild && error != nil
        if isWrong { for slot in supervision.histories.indices { supervision.histories[slot].build = reload.new } }
        for (incarnation, process) in live where process.build != build && !process.isRetired {
            let slot = process.worker.slot
            let isStuck = reload.attempts[slot, default: 0] >= Limits.returnAttempts
            // One that an earlier reload had to leave, in a slot that this one has not come to.
            let isOld = strays.contains(incarnation) && !reload.begun.contains(slot)
            world.check(error != nil && (isStuck || isOld), "slot \(slot) has the wrong build after the reload")
            strays.insert(incarnation)
            world.count(.keptNewBuild)
        }
        armTurnover()
    }
}

extension SimulatedPool.Live {
    /// It is ready, and nothing is wrong with it that could have been seen.
    fileprivate var isWell: Bool { readySince != nil && told == nil && pipeEnded == nil && !isReaped && !isReplaced }
}
