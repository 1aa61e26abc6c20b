import ActorClusterTesting
import ProcessIO
import Testing

@testable import ActorCluster

/// Pools under a strategy that all run, with a clock that is moved by hand.
private struct Pools {
    var tree: PoolTree
    var now = Instant.zero

    init(
        _ strategy: SupervisionStrategy, count: Int = 4, intensity: RestartIntensity = .default, optional: Set<Int> = []
    ) {
        tree = PoolTree(strategy, intensity: intensity)
        for pool in 0..<count {
            _ = tree.join(isOptional: optional.contains(pool))
            _ = tell(.started, pool)
        }
    }

    mutating func tell(_ event: PoolTree.Event, _ pool: Int) -> [PoolTree.Action] {
        tree.handle(event, of: pool, at: now, chance: 0)
    }

    mutating func pass(_ duration: Duration) -> [PoolTree.Action] {
        now = now + duration
        guard let next = tree.nextDeadline, next <= now else { return [] }
        return tree.tick(at: now)
    }

    /// Does what is to be done, at once and well, until there is nothing more; and says what it was.
    mutating func follow(_ actions: [PoolTree.Action]) -> [PoolTree.Action] {
        var (done, open) = ([PoolTree.Action](), actions)
        while !open.isEmpty {
            let action = open.removeFirst()
            done.append(action)
            switch action {
            case .halt(let pool): open += tell(.halted, pool)
            case .start(let pool): open += tell(.started, pool)
            case .release, .gaveUp: break
            }
        }
        return done
    }
}

@Suite("Strategies", .computing)
struct PoolTreeTests {
    private let death = PoolTree.Event.gaveUp(
        .gaveUp(WorkerID(group: "g", slot: 0, incarnation: 7), story: "its last exits: signal 9"))

    @Test("S-10: those that restart stop in reverse order and start in order: one, all, or the rest")
    func orders() {
        let orders: [(SupervisionStrategy, [Int], [Int])] = [
            (.oneForOne, [1], [1]), (.oneForAll, [3, 2, 1, 0], [0, 1, 2, 3]), (.restForOne, [3, 2, 1], [1, 2, 3]),
        ]
        for (strategy, halted, started) in orders {
            var pools = Pools(strategy, intensity: RestartIntensity(1))
            let actions = pools.follow(pools.tell(death, 1))
            #expect(actions == halted.map { .halt($0) } + started.map { .start($0) }, "\(strategy)")
            #expect(pools.tree.nextDeadline == nil)
            // It counted as one restart, so a second is too many.
            let second = pools.tell(death, 1)
            guard case .gaveUp(.gaveUp(let worker, let story))? = second.first, second.count == 1 else {
                Issue.record("\(second)")
                continue
            }
            #expect(worker.incarnation == 7)
            for part in ["signal 9", "1 restarts of pools", "\(strategy)"] { #expect(story.contains(part)) }
            #expect(pools.tell(death, 2).isEmpty)
        }
    }

    @Test("G6: one step at a time: the next stop waits for the last one, the first start for all stops")
    func oneAtATime() {
        var pools = Pools(.oneForAll, count: 2)
        #expect(pools.tell(death, 0) == [.halt(1)])
        #expect(pools.tell(.halted, 1) == [.halt(0)])
        #expect(pools.tell(.halted, 0) == [.start(0)])
        #expect(pools.tell(.started, 0) == [.start(1)])
        #expect(pools.tell(.started, 1).isEmpty)
    }

    @Test("G6: a pool that dies before its turn to stop joins in, and costs nothing more")
    func diesBeforeItsTurn() {
        var pools = Pools(.oneForAll, intensity: RestartIntensity(1))
        #expect(pools.tell(death, 1) == [.halt(3)])
        #expect(pools.tell(death, 0).isEmpty)
        #expect(pools.tell(death, 2).isEmpty)
        let rest = pools.follow(pools.tell(.halted, 3))
        #expect(rest == [.halt(2), .halt(1), .halt(0), .start(0), .start(1), .start(2), .start(3)])
    }

    @Test("G6: one that dies after its restart, while others wait for theirs, begins it all again, after a pause")
    func diesAgain() {
        var pools = Pools(.restForOne, count: 3, intensity: RestartIntensity(2))
        #expect(pools.tell(death, 1) == [.halt(2)])
        _ = pools.tell(.halted, 2)
        #expect(pools.tell(.halted, 1) == [.start(1)])
        #expect(pools.tell(.started, 1) == [.start(2)])
        // The start of 2 is not waited for: without 1 it might never end.
        #expect(pools.tell(death, 1) == [.halt(2)])
        #expect(pools.tell(.started, 2).isEmpty)
        #expect(pools.tell(.halted, 2) == [.halt(1)])
        #expect(pools.tree.nextDeadline == nil)
        #expect(pools.tell(.halted, 1).isEmpty)
        #expect(pools.tree.nextDeadline == pools.now + .milliseconds(100))
        #expect(pools.pass(.milliseconds(99)).isEmpty)
        #expect(pools.follow(pools.pass(.milliseconds(1))) == [.start(1), .start(2)])
    }

    @Test("G6: one whose start ends while it waits to be stopped once more is started again with the others")
    func startEndsBeforeItsStop() {
        var pools = Pools(.oneForAll, count: 1, intensity: RestartIntensity(5))
        _ = pools.tree.join(isOptional: false)
        #expect(pools.tell(death, 0) == [.halt(0)])
        #expect(pools.tell(.halted, 0) == [.start(0)])
        // Others that were joining run meanwhile, and one of them fails.
        _ = pools.tell(.started, 1)
        #expect(pools.tell(death, 1) == [.halt(1)])
        #expect(pools.tell(.started, 0).isEmpty)
        #expect(pools.tell(.halted, 1) == [.halt(0)])
        _ = pools.tell(.halted, 0)
        #expect(pools.follow(pools.pass(.seconds(1))) == [.start(0), .start(1)])
        #expect(pools.tree.state(of: 0) == .running && pools.tree.state(of: 1) == .running)
    }

    @Test("G6: under oneForOne a second pool that dies does not disturb the start of the first")
    func independent() {
        var pools = Pools(.oneForOne, count: 2)
        #expect(pools.tell(death, 0) == [.halt(0)])
        #expect(pools.tell(.halted, 0) == [.start(0)])
        #expect(pools.tell(death, 1) == [.halt(1)])
        #expect(pools.tell(.started, 0).isEmpty)
        #expect(pools.tell(.halted, 1).isEmpty)
        #expect(pools.pass(.milliseconds(100)) == [.start(1)])
    }

    @Test("a start that fails is the next failure: pauses double, and the budget ends it")
    func startFails() {
        var pools = Pools(.oneForOne, count: 1, intensity: RestartIntensity(4))
        #expect(pools.tell(death, 0) == [.halt(0)])
        #expect(pools.tell(.halted, 0) == [.start(0)])
        for pause in [100, 200, 400] {
            #expect(pools.tell(.startFailed(.stopped), 0).isEmpty)
            #expect(pools.pass(.milliseconds(pause - 1)).isEmpty)
            #expect(pools.pass(.milliseconds(1)) == [.start(0)])
        }
        #expect(pools.tell(.startFailed(.notInPrimary), 0) == [.gaveUp(.notInPrimary)])
        #expect(pools.tree.nextDeadline == nil)
    }

    @Test("30 s without a failure forget the pauses, and the window of the budget slides")
    func forgets() {
        var pools = Pools(.oneForOne, count: 1, intensity: RestartIntensity(2, in: .seconds(60)))
        for _ in 0..<20 {
            #expect(pools.follow(pools.tell(death, 0)) == [.halt(0), .start(0)])
            #expect(pools.pass(.seconds(30)).isEmpty)
        }
    }

    @Test("a pool that its user stops is not restarted and holds nobody up")
    func left() {
        var pools = Pools(.oneForAll, count: 3)
        #expect(pools.tell(death, 0) == [.halt(2)])
        #expect(pools.tell(.left, 2) == [.halt(1)])
        #expect(pools.tell(.halted, 2).isEmpty)
        #expect(pools.tell(.halted, 1) == [.halt(0)])
        #expect(pools.tell(.halted, 0) == [.start(0)])
        #expect(pools.tell(.left, 0) == [.start(1)])
        #expect(pools.tell(.started, 1).isEmpty)
    }

    @Test("a pool that is still being started for the first time is left alone")
    func joining() {
        var pools = Pools(.oneForAll, count: 2)
        let third = pools.tree.join(isOptional: false)
        #expect(pools.follow(pools.tell(death, 0)) == [.halt(1), .halt(0), .start(0), .start(1)])
        #expect(pools.tell(.started, third).isEmpty)
        _ = pools.pass(.seconds(30))
        #expect(pools.tell(death, 0) == [.halt(third)])
    }

    @Test("an optional pool that cannot be kept alive is let go, and the others go on")
    func optional() {
        var pools = Pools(.oneForOne, count: 2, intensity: RestartIntensity(0), optional: [0])
        #expect(pools.tell(death, 0) == [.release(0)])
        #expect(pools.tell(death, 0).isEmpty)
        let last = pools.tell(death, 1)
        guard case .gaveUp? = last.first else {
            Issue.record("the other one matters")
            return
        }
    }

    @Test("once closed it does nothing any more")
    func closed() {
        var pools = Pools(.oneForAll, count: 2)
        #expect(pools.tell(death, 0) == [.halt(1)])
        pools.tree.close()
        #expect(pools.tell(.halted, 1).isEmpty)
        #expect(pools.tell(death, 0).isEmpty)
        #expect(pools.tree.nextDeadline == nil)
    }

    @Test("G6: at random, nothing starts while something stops, and in the end every pool runs")
    func atRandom() {
        for seed in 1...UInt64(TestLength.rounds(2_000, long: 100_000)) {
            var generator = SeededGenerator(seed: seed)
            let strategies: [SupervisionStrategy] = [.oneForOne, .oneForAll, .restForOne]
            let count = 1 + generator.below(5)
            var pools = Pools(strategies[generator.below(3)], count: count, intensity: .unlimited)
            var (halting, starting) = (Set<Int>(), Set<Int>())
            var running = Set(0..<count)
            for step in 0..<400 {
                var actions: [PoolTree.Action] = []
                let pool = generator.below(count)
                if let halted = halting.first, generator.below(2) == 0 {
                    halting.remove(halted)
                    actions = pools.tell(.halted, halted)
                } else if let started = starting.first, generator.below(2) == 0 {
                    starting.remove(started)
                    let isGood = step > 200 || generator.below(3) > 0
                    if isGood { running.insert(started) }
                    actions = pools.tell(isGood ? .started : .startFailed(.stopped), started)
                } else if running.contains(pool), step < 200, generator.below(4) == 0 {
                    running.remove(pool)
                    actions = pools.tell(death, pool)
                } else {
                    actions = pools.pass(.milliseconds(generator.below(20_000)))
                }
                for action in actions {
                    switch action {
                    case .halt(let pool):
                        if !halting.isEmpty { Issue.record("seed \(seed): two stops at once") }
                        halting.insert(pool)
                        starting.remove(pool)
                        running.remove(pool)
                    case .start(let pool):
                        if !halting.isEmpty || !starting.isEmpty || running.contains(pool) {
                            Issue.record("seed \(seed): a start in the midst of others")
                        }
                        starting.insert(pool)
                    default: Issue.record("seed \(seed): \(action)")
                    }
                }
            }
            if running != Set(0..<count) { Issue.record("seed \(seed): only \(running.sorted()) run") }
        }
    }
}
