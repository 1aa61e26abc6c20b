import ActorCluster
import ActorClusterTesting
import ProcessIO

/// A pool, its rules, and processes that misbehave, with a clock of their own. Everything follows from the seed.
struct PoolSimulation {
    private struct Live {
        let worker: SimulatedWorker
        var readySince: Instant?
    }

    private let settings: Supervision.Settings
    private var generator: SeededGenerator
    private var supervision: Supervision
    private var plan = ShutdownPlan(limits: WorkerTimeouts())
    private var agenda = TimerHeap<Int>()
    private var events: [(UInt64, Supervision.Event)] = []
    private var live: [UInt64: Live] = [:]
    /// By slot: when its last process ended, and when restarts were decided since its last sound life.
    private var ended: [Instant]
    private var restarts: [[Instant]]
    private var routed: Set<Int> = []
    private var now = Instant.zero
    private var last: UInt64 = 0
    private var stopRequested: Instant?
    /// When the values are to be ticked next, found out once in each step because that takes long.
    private var nextDeadline: Instant?
    private var results: [Supervision.Action] = []
    /// What should never have been.
    private(set) var wrong: [String] = []

    /// Processes that have been started.
    var lives: Int { Int(last) }

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        var settings = Supervision.Settings(count: Int.random(in: 1...8, using: &generator))
        settings.policy = Bool.random(using: &generator) ? .always : .onFailure
        let isDense = Int.random(in: 0..<3, using: &generator) == 0
        if isDense { settings.intensity = RestartIntensity(10, in: .seconds(5)) }
        if isDense { settings.backoff = Backoff(first: .milliseconds(100), limit: .seconds(1)) }
        self.settings = settings
        supervision = Supervision(group: "g", settings: settings)
        ended = Array(repeating: .zero, count: settings.count)
        restarts = Array(repeating: [], count: settings.count)
    }

    /// From the start to the last exit. The sentences say what was wrong.
    mutating func run() -> [String] {
        let end = now + .seconds(Int64.random(in: 1...400, using: &generator))
        apply { $0.start(at: $1, newIncarnation: $2) }
        nextDeadline = Self.earlier(supervision.nextDeadline, plan.nextDeadline)
        while wrong.isEmpty {
            let next = nextMoment
            if stopRequested == nil, next.map({ $0 >= end }) ?? true {
                stop(at: end)
            } else if let next {
                step(at: next)
            } else {
                break
            }
            if let stopRequested, now - stopRequested > .milliseconds(15_100), !live.isEmpty {
                check(false, "not stopped in time")
            }
        }
        if !wrong.isEmpty { return wrong }
        check(live.isEmpty, "processes are left")
        check(results.count { $0 == .stopped } == 1, "it stopped once")
        let starts = results.count { if case .startFailed = $0 { true } else { $0 == .started } }
        check(starts == 1 || stopRequested == end, "it started or failed to, once")
        return wrong
    }

    private var nextMoment: Instant? { Self.earlier(agenda.next, nextDeadline) }

    private static func earlier(_ left: Instant?, _ right: Instant?) -> Instant? {
        guard let left, let right else { return left ?? right }
        return min(left, right)
    }

    private mutating func check(_ holds: Bool, _ what: @autoclosure () -> String) {
        if !holds { wrong.append("\(what()), at \(now - .zero)") }
    }

    private mutating func stop(at moment: Instant) {
        now = moment
        stopRequested = moment
        apply { supervision, _, _ in supervision.stop() }
        nextDeadline = Self.earlier(supervision.nextDeadline, plan.nextDeadline)
    }

    private mutating func step(at moment: Instant) {
        now = max(now, moment)
        while let index = agenda.popExpired(at: now) {
            let (incarnation, event) = events[index]
            tell(event, incarnation)
        }
        for action in plan.tick(at: now) { signal(action) }
        apply { $0.tick(at: $1, newIncarnation: $2) }
        nextDeadline = Self.earlier(supervision.nextDeadline, plan.nextDeadline)
        check(nextDeadline.map { $0 > now } ?? true, "it would spin")
    }

    private mutating func tell(_ event: Supervision.Event, _ incarnation: UInt64) {
        let isLate = live[incarnation] == nil
        if isLate, event != .disconnected { return }
        switch event {
        case .ready: if routedOrStarting(incarnation) { live[incarnation]?.readySince = now }
        case .exited, .spawnFailed: remove(incarnation)
        default: break
        }
        let chance = Double(generator.below(1 << 20)) / Double(1 << 20)
        apply { $0.handle(event, of: incarnation, at: $1, chance: chance, newIncarnation: $2) }
    }

    /// Whether its getting ready counts: one that is being made to leave does not live any more.
    private func routedOrStarting(_ incarnation: UInt64) -> Bool { plan.stage(of: incarnation) == nil }

    private mutating func remove(_ incarnation: UInt64) {
        plan.exited(incarnation)
        guard let gone = live.removeValue(forKey: incarnation) else { return }
        ended[gone.worker.slot] = now
        if let ready = gone.readySince, now - ready >= .seconds(30) { restarts[gone.worker.slot] = [] }
    }

    private mutating func apply(
        _ rule: (inout Supervision, Instant, () -> UInt64) -> [Supervision.Action]
    ) {
        var newest = last
        let actions = rule(&supervision, now) {
            newest += 1
            return newest
        }
        last = newest
        for action in actions { perform(action) }
    }

    private mutating func perform(_ action: Supervision.Action) {
        switch action {
        case .spawn(let slot, let incarnation): spawn(slot, incarnation)
        case .stop(let incarnation, let stage):
            check(live[incarnation] != nil, "a process that is gone is told to go")
            for step in plan.stop(incarnation, from: stage, at: now) { signal(step) }
        case .route(let slot):
            check(routed.insert(slot).inserted, "slot \(slot) is routed twice")
            check(stopRequested == nil, "slot \(slot) is routed after the stop")
        case .unroute(let slot): routed.remove(slot)
        case .startFailed:
            results.append(action)
            stopRequested = stopRequested ?? now
        case .started, .stopped, .poolGaveUp: results.append(action)
        case .suspect, .replaced, .notReplaced, .removed, .scaled, .scaleFailed: break
        case .gaveUp(let slot), .retired(let slot):
            check(!live.values.contains { $0.worker.slot == slot }, "slot \(slot) is given up with a process in it")
        }
    }

    private mutating func spawn(_ slot: Int, _ incarnation: UInt64) {
        check(stopRequested == nil, "slot \(slot) is filled after the stop")
        check(!live.values.contains { $0.worker.slot == slot }, "slot \(slot) is filled twice")
        check(!routed.contains(slot), "slot \(slot) is routed without a process")
        if incarnation > UInt64(settings.count) {
            let decided = ended[slot]
            restarts[slot] = restarts[slot].filter { decided - $0 < settings.intensity.window } + [decided]
            check(restarts[slot].count <= settings.intensity.restarts, "slot \(slot): too many restarts")
        }
        let isGentle = !results.contains(.started) && generator.below(100) < 97
        let worker = SimulatedWorker(slot: slot, at: now, isGentle: isGentle, &generator)
        live[incarnation] = Live(worker: worker)
        for (moment, event) in worker.script { plan(event, of: incarnation, at: moment) }
    }

    private mutating func plan(_ event: Supervision.Event, of incarnation: UInt64, at moment: Instant) {
        agenda.insert(events.count, at: moment)
        events.append((incarnation, event))
    }

    private mutating func signal(_ action: ShutdownPlan.Action) {
        guard let worker = live[action.incarnation]?.worker else { return }
        switch action.stage {
        case .drain:
            worker.leavesOnDrain.map { plan(.exited(.code(0)), of: action.incarnation, at: now + $0) }
        case .terminate:
            worker.leavesOnTerminate.map { plan(.exited(.signal(15)), of: action.incarnation, at: now + $0) }
        case .kill: plan(.exited(.signal(9)), of: action.incarnation, at: now + .milliseconds(1))
        }
    }
}
