import ActorClusterTesting
import ProcessIO

@testable import ActorCluster

/// A whole tree of rules: pools under a strategy, processes that misbehave, people who want things, a machine that
/// stands still now and then, and at last a stop. Everything follows from the seed.
struct TreeSimulation {
    private var world: SimulatedWorld
    private var pools: [SimulatedPool]
    private var tree: PoolTree
    private let intensity: RestartIntensity
    private var stop = ClusterStop(limit: .seconds(30))
    private var stopBegan: Duration?
    private var isKilled = false
    /// Those that have not been stopped for good, in order of start.
    private var left: [Int]
    private var halting: Set<Int> = []
    private var starts: [[Instant]]
    private(set) var steps = 0

    /// Processes that have been started.
    var lives: Int { Int(world.lastIncarnation) }
    /// What was found and done for their health.
    var findings: SimulatedFindings { world.findings }

    init(seed: UInt64, defect: SimulatedDefect? = nil) {
        world = SimulatedWorld(seed: seed, defect: defect)
        let count = 1 + world.generator.below(3)
        let strategies: [SupervisionStrategy] = [.oneForOne, .oneForAll, .restForOne]
        intensity = RestartIntensity(world.generator.below(6), in: .seconds(30))
        tree = PoolTree(strategies[world.generator.below(3)], intensity: intensity)
        pools = []
        for number in 0..<count { pools.append(SimulatedPool(number: number, &world)) }
        left = Array(0..<count)
        starts = Array(repeating: [], count: count)
    }

    /// From the start to the last exit. The sentences say what was wrong.
    mutating func run() -> [String] {
        let end = world.now + world.span(1_000...400_000)
        for number in pools.indices {
            _ = tree.join(isOptional: world.chance(20))
            pools[number].start(&world)
        }
        world.plan(.whim, at: world.now + world.span(0...10_000))
        settle()
        while world.wrong.isEmpty, let next = nextMoment {
            steps += 1
            let limit = stopBegan == nil ? min(next, end) : next
            if let pulse = world.nextPulse, pulse < limit {
                beat(until: limit)
                continue
            }
            if stopBegan == nil, next >= end {
                world.now = max(world.now, end)
                perform(stop.asked(by: world.chance(50) ? .signal : .program, pools: left.count, at: world.now))
            } else {
                step(to: next)
            }
            settle()
            inspect()
        }
        guard world.wrong.isEmpty else { return world.wrong }
        for number in pools.indices { pools[number].finish(&world) }
        world.check(left.isEmpty, "pools \(left) have not been stopped")
        return world.wrong
    }

    private var nextMoment: Instant? {
        if left.isEmpty, stopBegan != nil { return nil }
        var moment = Instant.distantFuture
        for number in pools.indices {
            if let next = pools[number].nextDeadline { moment = min(moment, next) }
            if let next = pools[number].turnover.deadline { moment = min(moment, next) }
        }
        if let next = world.next { moment = min(moment, next) }
        if let next = tree.nextDeadline { moment = min(moment, next) }
        if let next = stop.nextDeadline, !isKilled { moment = min(moment, next) }
        return moment == .distantFuture ? nil : moment
    }

    private mutating func step(to moment: Instant) {
        world.now = max(world.now, moment)
        standStill()
        while let happening = world.takeNext() {
            switch happening {
            case .event(let pool, let incarnation, let event):
                pools[pool].tell(event, of: incarnation, &world)
                settle()
            case .whim: whim()
            }
        }
        look()
        for number in pools.indices {
            pools[number].tick(&world)
            pools[number].advanceTurnover(&world)
        }
        if let next = tree.nextDeadline, next <= world.now { perform(tree.tick(at: world.now)) }
        perform(stop.tick(at: world.now))
    }

    /// Once in a while nothing is done for so long that much piles up.
    private mutating func standStill() {
        guard world.generator.below(400) == 0 else { return }
        world.pause(world.chance(50) ? world.span(100...2_000) : world.span(100...20_000))
    }

    /// Nothing but pings and pongs, until something comes out of them.
    private mutating func beat(until end: Instant) {
        while let next = world.nextPulse, next < end, world.now < end {
            world.now = max(world.now, next)
            standStill()
            let known = world.findings.total
            look()
            if world.findings.total != known { break }
        }
        settle()
        inspect()
    }

    /// Pongs first.
    private mutating func look() {
        var timers: [SimulatedWorld.Pulse] = []
        repeat {
            for timer in timers { pools[timer.pool].handle(timer, &world) }
            timers = []
            while let pulse = world.takePulse() {
                if pulse.isPong { pools[pulse.pool].handle(pulse, &world) } else { timers.append(pulse) }
            }
        } while !timers.isEmpty
    }

    // MARK: People

    /// Somebody wants something of a pool.
    private mutating func whim() {
        if stopBegan == nil { world.plan(.whim, at: world.now + world.span(0...30_000)) }
        let number = world.generator.below(pools.count)
        let slot = world.generator.below(pools[number].records.count)
        guard left.contains(number), stopBegan == nil, pools[number].hasStarted else { return }
        switch world.generator.below(15) {
        case 0..<4: pools[number].scale(to: 1 + world.generator.below(8), &world)
        case 4..<7: if !pools[number].isStopping, pools[number].scaling == nil { pools[number].restart(slot, &world) }
        case 7..<9:
            if !pools[number].isStopping, pools[number].scaling == nil { pools[number].stopWorker(slot, &world) }
        case 9:
            // Everything dies at one moment.
            for incarnation in pools[number].live.keys.sorted() {
                pools[number].tell(.exited(.signal(9)), of: incarnation, &world)
            }
        case 10..<13: if !pools[number].isStopping { pools[number].reload(&world) }
        case 13 where world.chance(10):
            halting.remove(number)
            perform(tree.handle(.left, of: number, at: world.now, chance: 0))
            end(number)
        default: break
        }
        settle()
    }

    // MARK: The strategy

    /// A pool that has told something. Without a closure, which would copy each pool.
    private var teller: Int? {
        for number in pools.indices where !pools[number].told.isEmpty { return number }
        return nil
    }

    /// Passes on what pools have told, until there is nothing more.
    private mutating func settle() {
        while world.wrong.isEmpty, let number = teller {
            let event = pools[number].told.removeFirst()
            if event == .halted { halting.remove(number) }
            if event == .halted || event == .startFailed(.stopped), isOver(number) { continue }
            perform(tree.handle(event, of: number, at: world.now, chance: world.fraction()))
        }
    }

    /// A pool without processes that will not be started again: one that was stopped, or whose first start failed.
    private mutating func isOver(_ number: Int) -> Bool {
        let isFirst = tree.state(of: number) == .joining
        if isFirst { perform(tree.handle(.left, of: number, at: world.now, chance: 0)) }
        guard isFirst || stopBegan != nil || tree.state(of: number) == nil else { return false }
        left.removeAll { $0 == number }
        if stopBegan != nil { perform(stop.poolStopped(left: left.count)) }
        return true
    }

    private mutating func perform(_ actions: [PoolTree.Action]) {
        for action in actions {
            switch action {
            case .halt(let number):
                world.check(halting.isEmpty, "two pools stop at once")
                world.check(stopBegan == nil, "the strategy stops a pool during the stop")
                halting.insert(number)
                pools[number].halt(&world)
                if world.defect == .startsBeforeHalted { start(number) }
            case .start(let number): start(number)
            case .release: break
            case .gaveUp: perform(stop.asked(by: .program, pools: left.count, at: world.now))
            }
        }
    }

    private mutating func start(_ number: Int) {
        if world.defect == .forgetsToStart { return }
        world.check(halting.isEmpty, "a pool starts while another one stops")
        world.check(stopBegan == nil, "the strategy starts a pool during the stop")
        starts[number] = starts[number].filter { world.now - $0 < intensity.window } + [world.now]
        // One whose pause has carried it into the next window may be among them.
        world.check(starts[number].count <= intensity.restarts + 1, "pool \(number) is started too often")
        pools[number].startAgain(&world)
    }

    // MARK: The end

    private mutating func perform(_ actions: [ClusterStop.Action]) {
        for action in actions {
            switch action {
            case .begin:
                stopBegan = world.time
                tree.close()
            case .stopPool: if let last = left.last { end(last) }
            case .cancelBody: perform(stop.bodyEnded(pools: 0, at: world.now))
            case .kill, .forceExit: kill()
            case .end: break
            }
        }
    }

    private mutating func end(_ number: Int) {
        if pools[number].isStopped {
            left.removeAll { $0 == number }
            if stopBegan != nil { perform(stop.poolStopped(left: left.count)) }
            return
        }
        pools[number].stop(&world)
    }

    private mutating func kill() {
        isKilled = true
        for number in left { pools[number].kill(&world) }
    }

    /// All pools now and then, since some things go wrong by the time alone; else those to which something has
    /// happened.
    private mutating func inspect() {
        for number in pools.indices where pools[number].isTouched || steps % 8 == 0 {
            pools[number].isTouched = false
            pools[number].inspect(&world)
            pools[number].inspectHealth(&world)
            pools[number].inspectTurnover(&world)
        }
        guard let stopBegan else { return inspectStrategy() }
        if !left.isEmpty {
            world.check(world.time - stopBegan <= .milliseconds(32_100), "the stop takes too long")
        }
    }

    private mutating func inspectStrategy() {
        for number in left {
            switch tree.state(of: number) {
            case .halted where tree.nextDeadline == nil:
                let isBusy = left.contains { tree.state(of: $0) == .halting || tree.state(of: $0) == .starting }
                world.check(isBusy, "pool \(number) is forgotten")
            case .starting: world.check(!pools[number].isStopped, "pool \(number) is forgotten")
            default: break
            }
        }
    }
}
