import ActorClusterTesting
import ProcessIO

@testable import ActorCluster

/// The values of one pool and its processes, and beside them, found out apart, what must be true of them.
struct SimulatedPool {
    /// A process.
    struct Live {
        let worker: SimulatedWorker
        let spawned: Duration
        let build: Int
        var isSpawned = false
        var readySince: Instant?
        /// When it was told to go.
        var told: Duration?
        var pipeEnded: Duration?
        /// It is to be followed by another one whatever it ends with.
        var isReplaced = false
        var isIncompatible = false
        /// It has ended, and what it printed has not all been read.
        var isReaped = false
        /// Its slot is to stay empty.
        var isRetired = false
    }

    /// What is known of a slot.
    struct Record {
        /// When its last process ended.
        var ended: Instant
        var endedTime: Duration
        /// When restarts were decided since its last sound life, and how many failures there were.
        var restarts: [Instant] = []
        var failures = 0
        var isOver = false
        /// Its next process is no restart: the first one, or one that was asked for.
        var isWished = true
        var isPermanent = false
        /// By its last process's end, or by wish, it stays empty.
        var isForbidden = false
    }

    let number: Int
    /// As it ought to be; the values may have been given others.
    let settings: Supervision.Settings
    var supervision: Supervision
    var plan = ShutdownPlan(limits: WorkerTimeouts())
    var live: [UInt64: Live] = [:]
    var records: [Record]
    var routed: Set<Int> = []
    /// Of those that are pinged.
    var health: [UInt64: SimulatedHealth] = [:]
    var turnover: SimulatedTurnover
    /// Something has happened to it that nobody has looked at.
    var isTouched = false
    var waiting: Set<Int> = []
    var scaling: (from: Int, to: Int)?
    /// By slot, its own process, or the last one that was.
    var owners: [Int: UInt64] = [:]
    /// What new processes run, and what is known of builds.
    var build = 0
    var builds = [0: SimulatedBuild.any]
    var reload: SimulatedReload?
    /// Processes that kept another build than the pool's after a reload.
    var strays: Set<UInt64> = []
    /// What has just happened, and to which process.
    var happening: (incarnation: UInt64, event: Supervision.Event)?
    var hasStarted = false
    /// Nothing may be started.
    var isStopping = false
    var isStopped = false
    var isHalting = false
    /// For the strategy.
    var told: [PoolTree.Event] = []
    /// When the values are to be ticked next, found out once in each step because that takes long.
    private(set) var nextDeadline: Instant?

    init(number: Int, _ world: inout SimulatedWorld) {
        self.number = number
        var settings = Supervision.Settings(count: 1 + world.generator.below(6))
        settings.policy = world.chance(50) ? .always : .onFailure
        if world.chance(33) {
            settings.intensity = RestartIntensity(10, in: .seconds(5))
            settings.backoff = Backoff(first: .milliseconds(100), limit: .seconds(1))
        } else if world.chance(30) {
            settings.intensity = RestartIntensity(world.generator.below(3), in: .seconds(20))
        }
        self.settings = settings
        supervision = Supervision(group: "g\(number)", settings: world.defect?.altered(settings) ?? settings)
        let fresh = Record(ended: .zero, endedTime: .zero)
        records = Array(repeating: fresh, count: settings.count)
        turnover = SimulatedTurnover(&world)
    }

    // MARK: What can be asked of it

    mutating func start(_ world: inout SimulatedWorld) {
        apply(&world) { $0.start(at: $1, newIncarnation: $2) }
    }

    mutating func stop(_ world: inout SimulatedWorld) {
        isStopping = true
        if !isHalting { endTurnover() }
        if isStopped { return }
        apply(&world) { supervision, _, _ in supervision.stop() }
    }

    mutating func halt(_ world: inout SimulatedWorld) {
        isHalting = true
        stop(&world)
    }

    mutating func startAgain(_ world: inout SimulatedWorld) {
        world.check(live.isEmpty && isStopped, "pool \(number) starts while its processes live")
        (isStopping, isStopped, isHalting, hasStarted) = (false, false, false, false)
        apply(&world) { supervision, _, _ in supervision.reopen() }
        let fresh = Record(ended: world.now, endedTime: world.time)
        records = Array(repeating: fresh, count: records.count)
        start(&world)
    }

    mutating func kill(_ world: inout SimulatedWorld) {
        stop(&world)
        for incarnation in live.keys.sorted() { perform(.stop(incarnation: incarnation, from: .kill), &world) }
    }

    mutating func scale(to count: Int, _ world: inout SimulatedWorld) {
        guard scaling == nil, reload == nil, hasStarted, !isStopping else { return }
        scaling = (records.count, count)
        for incarnation in live.keys where live[incarnation].map({ $0.worker.slot >= count }) == true {
            live[incarnation]?.isRetired = true
        }
        for slot in records.indices where slot >= count { records[slot].isForbidden = true }
        let fresh = Record(ended: world.now, endedTime: world.time)
        records += Array(repeating: fresh, count: max(0, count - records.count))
        apply(&world) { $0.scale(to: count, at: $1, newIncarnation: $2) }
    }

    mutating func restart(_ slot: Int, _ world: inout SimulatedWorld) {
        let last = supervision.histories[slot].life.incarnation
        waiting.insert(slot)
        // A successor that is on its way does for it.
        if supervision.besides[slot]?.role != .incoming { wishForAnother(in: slot, last, &world) }
        apply(&world) { $0.restart(slot, after: last, at: $1, newIncarnation: $2) }
    }

    private mutating func wishForAnother(in slot: Int, _ last: UInt64, _ world: inout SimulatedWorld) {
        if let process = live[last] {
            live[last]?.isReplaced = process.isReplaced || process.told == nil
        } else if records[slot].isOver {
            records[slot] = Record(ended: world.now, endedTime: world.time)
        } else if !records[slot].isWished {
            // It pauses, and has been counted.
            count(slot, &world)
            records[slot].isWished = true
        }
    }

    mutating func stopWorker(_ slot: Int, _ world: inout SimulatedWorld) {
        let last = supervision.histories[slot].life.incarnation
        for process in live.filter({ $0.value.worker.slot == slot }) { live[process.key]?.isRetired = true }
        // One that was given up is not stopped by that.
        if !records[slot].isOver { records[slot].isForbidden = true }
        apply(&world) { supervision, _, _ in supervision.stopWorker(slot, incarnation: last) }
    }

    mutating func tick(_ world: inout SimulatedWorld) {
        guard let next = nextDeadline, next <= world.now else { return }
        if world.defect != .planStandsStill { for step in plan.tick(at: world.now) { signal(step, &world) } }
        if world.defect != .pauseNeverEnds { apply(&world) { $0.tick(at: $1, newIncarnation: $2) } }
        let isDue = nextDeadline.map { $0 <= world.now } ?? false
        world.check(!isDue || world.defect != nil, "pool \(number) would spin")
        if isDue, world.defect != nil { nextDeadline = nil }
    }

    // MARK: What processes do

    mutating func tell(_ event: Supervision.Event, of incarnation: UInt64, _ world: inout SimulatedWorld) {
        // The end of a pipe may be seen after that of its process.
        guard live[incarnation] != nil || event == .disconnected else { return }
        let slot = live[incarnation]?.worker.slot
        if event == .online { beginHealth(of: incarnation, &world) }
        if event.endsHealth { health[incarnation] = nil }
        let isHeard = note(event, of: incarnation, &world)
        guard isHeard else { return }
        let chance = world.fraction()
        happening = (incarnation, event)
        apply(&world) { $0.handle(event, of: incarnation, at: $1, chance: chance, newIncarnation: $2) }
        happening = nil
        if let slot { follow(event, of: incarnation, slot: slot, &world) }
    }

    mutating func apply(
        _ world: inout SimulatedWorld, _ rule: (inout Supervision, Instant, () -> UInt64) -> [Supervision.Action]
    ) {
        isTouched = true
        var newest = world.lastIncarnation
        let actions = rule(&supervision, world.now) {
            newest += 1
            return newest
        }
        world.lastIncarnation = newest
        noteBlame(actions, &world)
        for action in actions { perform(action, &world) }
        nextDeadline = [supervision.nextDeadline, plan.nextDeadline].compactMap { $0 }.min()
    }

    mutating func signal(_ step: ShutdownPlan.Action, _ world: inout SimulatedWorld) {
        guard let process = live[step.incarnation] else { return }
        // Its turn to be spawned may not have come.
        if !process.isSpawned, world.chance(50) {
            return world.plan(.event(pool: number, incarnation: step.incarnation, .withdrawn), at: world.now)
        }
        let worker = process.worker
        health[step.incarnation] = nil
        let (after, status): (Duration?, EndStatus) =
            switch step.stage {
            case .drain: (worker.leavesOnDrain, .code(0))
            case .terminate: (worker.leavesOnTerminate, .signal(15))
            case .kill: (world.defect == .noSIGKILL ? nil : worker.dies, .signal(9))
            }
        // A worker that gets SIGTERM says that it leaves.
        if step.stage == .terminate {
            world.plan(.event(pool: number, incarnation: step.incarnation, .stopRequested), at: world.now)
        }
        guard let after else { return }
        world.plan(
            .event(pool: number, incarnation: step.incarnation, .exited(status)), at: world.now + after)
    }
}

extension Supervision.Event {
    /// The pipe has ended.
    fileprivate var endsHealth: Bool {
        switch self {
        case .disconnected, .violated, .incompatible, .reaped, .exited, .spawnFailed, .withdrawn: true
        case .spawned, .online, .ready, .failed, .suspect, .recovered, .unhealthy, .failing, .replace, .stopRequested:
            false
        }
    }
}
