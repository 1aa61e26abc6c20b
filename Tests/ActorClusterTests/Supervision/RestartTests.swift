import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

@Suite("Restarts", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct RestartTests {
    private static let steps: [Duration] = [
        .zero, .milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800), .milliseconds(1_600),
        .milliseconds(3_200), .milliseconds(6_400), .seconds(10), .seconds(10),
    ]

    @Test("G1: a worker that dies at each start is restarted after 0, 0.1 … 10, 10 s, each +0–25 %, then given up")
    func diesAtEachStart() {
        for seed in 1...200 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var pool = SupervisedPool.running()
            let first = pool.now
            for step in Self.steps {
                pool.chance = Double.random(in: 0..<1, using: &generator)
                let pause = pool.pauseAfter()
                #expect(pause.map { $0 >= step && $0 <= step * 5 / 4 } == true, "seed \(seed), \(step)")
            }
            let death = pool.tell(.exited(.signal(4)))
            #expect(death.prefix(2) == [.unroute(slot: 0), .gaveUp(slot: 0)])
            #expect(death.last?.isPoolGaveUp == true)
            #expect(pool.now - first >= .milliseconds(32_700) && pool.now - first <= .milliseconds(40_900))
            #expect(pool.supervision.nextDeadline == nil)
        }
    }

    @Test("G1: without the addition the pauses are exact")
    func exactPauses() {
        var pool = SupervisedPool.running()
        #expect(Self.steps.map { _ in pool.pauseAfter() } == Self.steps)
    }

    @Test("G2: a worker that lives 10 s each time is never given up, and its pauses stay at 10 to 12.5 s")
    func livesTenSeconds() {
        for seed in 1...UInt64(TestLength.rounds(1_000, long: 5_000)) {
            var generator = SeededGenerator(seed: seed)
            var pool = SupervisedPool.running()
            for restart in 0..<25 {
                pool.chance = Double.random(in: 0..<1, using: &generator)
                guard let pause = pool.pauseAfter(life: .seconds(10)) else {
                    Issue.record("seed \(seed): given up at restart \(restart)")
                    break
                }
                if restart >= 8, pause < .seconds(10) || pause > .milliseconds(12_500) {
                    Issue.record("seed \(seed): \(pause)")
                }
            }
        }
    }

    @Test("G3: 29.9 s alive are one more step of the backoff, 30.0 s forget the past")
    func forgottenAfter() {
        for (life, pause) in [(Duration.milliseconds(29_900), Duration.milliseconds(800)), (.seconds(30), .zero)] {
            var pool = SupervisedPool.running()
            for _ in 0..<4 { _ = pool.pauseAfter() }
            #expect(pool.pauseAfter(life: life) == pause)
        }
    }

    @Test("G3: 30.0 s alive clear the budget too")
    func budgetIsCleared() {
        var pool = SupervisedPool.running { $0.intensity = RestartIntensity(10, in: .seconds(600)) }
        for _ in 0..<10 { #expect(pool.pauseAfter() != nil) }
        #expect(pool.pauseAfter(life: .seconds(30)) == .zero)
        for step in Self.steps.dropFirst() { #expect(pool.pauseAfter() == step) }
        #expect(pool.pauseAfter() == nil)
    }

    @Test("A2: 30 s without getting ready are no life: the backoff goes on")
    func neverReadyIsAFailure() {
        var pool = SupervisedPool.running { $0.ready = .seconds(60) }
        var pauses: [Duration?] = [pool.pauseAfter()]
        for _ in 0..<3 {
            _ = pool.tell(.spawned) + pool.tell(.online)
            let killed = pool.incarnation()
            #expect(pool.pass(.seconds(60)) == [.stop(incarnation: killed, from: .kill)])
            let death = pool.now
            #expect(pool.tell(.exited(.signal(9))) == [.unroute(slot: 0)])
            pauses.append(pool.supervision.nextDeadline.map { $0 - death })
            _ = pool.pass(.seconds(1))
        }
        #expect(pauses == Self.steps.prefix(4).map { $0 })
    }

    @Test("S-04: a slot that crashes at every start is started 11 times and given up once; other slots are untouched")
    func givenUp() {
        var pool = SupervisedPool.running(count: 3) { $0.backoff = .none }
        var (starts, gaveUps) = (1, 0)
        for _ in 0..<20 where pool.supervision.incarnations[1] != nil {
            let actions = pool.tell(.exited(.signal(4)), slot: 1)
            starts += actions.count { $0.isSpawn }
            gaveUps += actions.count { $0 == .gaveUp(slot: 1) }
            #expect(!actions.contains { $0.isPoolGaveUp })
        }
        #expect(starts == 11)
        #expect(gaveUps == 1)
        #expect(pool.pass(.seconds(500)).isEmpty)
        #expect(pool.supervision.incarnations == [1, nil, 3])
        #expect(pool.pauseAfter(slot: 0) == .zero)
    }

    @Test("S-05: with 3 restarts in 2 s, one crash a second goes on for ever, four in a second do not")
    func slidingWindow() {
        let settings = { (settings: inout Supervision.Settings) in
            settings.intensity = RestartIntensity(3, in: .seconds(2))
            settings.backoff = .none
        }
        var slow = SupervisedPool.running(settings)
        for _ in 0..<10 { #expect(slow.pauseAfter(life: .seconds(1)) == .zero) }
        _ = slow.pass(.seconds(2))
        for _ in 0..<3 { #expect(slow.pauseAfter(life: .milliseconds(250)) == .zero) }
        #expect(slow.pauseAfter(life: .milliseconds(250)) == nil)
    }

    @Test(
        "S-06: pauses 0, 100, 200, 400, 800, 1000 ms; then a sound life and 0 again; stopped in a pause, never started")
    func backoff() {
        var pool = SupervisedPool.running {
            $0.backoff = Backoff(first: .milliseconds(100), limit: .seconds(1))
            $0.intensity = .unlimited
        }
        let pauses = (0..<6).map { _ in pool.pauseAfter() }
        #expect(pauses == [0, 100, 200, 400, 800, 1_000].map { .milliseconds($0) })
        #expect(pool.pauseAfter(life: .seconds(30)) == .zero)
        pool.makeReady()
        #expect(pool.tell(.exited(.signal(9))) == [.unroute(slot: 0)])
        #expect(pool.supervision.stop() == [.stopped])
        #expect(pool.pass(.seconds(100)).isEmpty)
    }

    @Test("S-07: 8 slots that crash at every start, with pauses from 1 s doubling, start 5 times each within 10 s")
    func crashLoops() {
        var pool = SupervisedPool.running(count: 8) { $0.backoff = Backoff(first: .seconds(1), limit: .seconds(60)) }
        var starts = [Int](repeating: 1, count: 8)
        let end = pool.now + .seconds(10)
        for slot in 0..<8 { #expect(pool.tell(.exited(.signal(6)), slot: slot).contains { $0.isSpawn }) }
        while pool.now < end {
            for slot in 0..<8 where pool.supervision.incarnations[slot] != nil {
                starts[slot] += 1
                _ = pool.tell(.spawned, slot: slot) + pool.tell(.exited(.signal(6)), slot: slot)
            }
            _ = pool.pass(.milliseconds(10))
        }
        #expect(starts == [Int](repeating: 5, count: 8))
    }

    @Test("G5: 64 workers that die at one moment are restarted each by its own count, and the pool goes on")
    func manyAtOnce() {
        var pool = SupervisedPool.running(count: 64)
        for round in 0..<10 {
            let dead = pool.supervision.incarnations.compactMap { $0 }
            #expect(dead.count == 64)
            var actions: [Supervision.Action] = []
            for incarnation in dead {
                pool.chance = Double(incarnation % 64) / 64
                actions += pool.tell(.disconnected, of: incarnation) + pool.tell(.exited(.signal(9)), of: incarnation)
            }
            actions += pool.pass(.milliseconds(12_500))
            #expect(actions.count { $0.isSpawn } == 64, "round \(round)")
            #expect(!actions.contains { $0.isPoolGaveUp })
            for slot in 0..<64 { pool.makeReady(slot) }
            _ = pool.pass(.seconds(20))
        }
    }

    @Test("a pool whose last slot is given up says so once, with the last exits")
    func poolGivesUp() {
        var pool = SupervisedPool.running(count: 2) { $0.intensity = RestartIntensity(0) }
        #expect(pool.tell(.exited(.code(3)), slot: 0) == [.unroute(slot: 0), .gaveUp(slot: 0)])
        let actions = pool.tell(.exited(.signal(11)), slot: 1)
        #expect(actions.prefix(2) == [.unroute(slot: 1), .gaveUp(slot: 1)])
        guard case .poolGaveUp(.gaveUp(let worker, let story))? = actions.last else {
            Issue.record("\(actions)")
            return
        }
        #expect(worker == WorkerID(group: "g", slot: 1, incarnation: 2))
        #expect(story.contains("signal 11"))
        #expect(pool.supervision.stop() == [.stopped])
    }
}
