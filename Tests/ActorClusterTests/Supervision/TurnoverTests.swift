import ActorClusterTesting
import ProcessIO
import Testing

@testable import ActorCluster

@Suite("Turnover", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct TurnoverTests {
    private static func limits(_ change: (inout PoolLimits) -> Void) -> PoolLimits {
        var limits = PoolLimits()
        change(&limits)
        return limits
    }

    /// Incarnation 10 in slot 0, 11 in slot 1 and so on, ready at 0.
    private static func pool(
        _ count: Int, chance: Double = 0, _ change: (inout PoolLimits) -> Void
    ) -> Turnover {
        var pool = Turnover(limits(change), turn: .seconds(45))
        for slot in 0..<count { pool.ready(UInt64(10 + slot), slot: slot, at: .zero, chance: chance) }
        return pool
    }

    private static func seconds(_ seconds: Int) -> Instant { .zero + .seconds(seconds) }

    @Test("without limits nothing is ever due")
    func off() {
        var pool = Self.pool(4) { _ in }
        #expect(pool.isOff)
        #expect(pool.nextDeadline == nil)
        #expect(pool.measured(10, slot: 0, bytes: .max).isEmpty)
        pool.served(.max, incarnation: 10, slot: 0)
        #expect(pool.tick(at: .distantFuture).isEmpty)
    }

    @Test("S-09: a worker above its memory limit is told of once, and replaced once; at the limit it is not")
    func memory() {
        var pool = Self.pool(1) { $0.memory = 200 << 20 }
        #expect(pool.measured(10, slot: 0, bytes: 200 << 20).isEmpty)
        #expect(pool.nextDeadline == nil)
        let bytes = 200 << 20 + 4_096
        #expect(
            pool.measured(10, slot: 0, bytes: bytes) == [.overMemory(incarnation: 10, bytes: bytes, limit: 200 << 20)])
        #expect(pool.measured(10, slot: 0, bytes: 300 << 20).isEmpty)
        #expect(
            pool.tick(at: Self.seconds(5))
                == [.replace(incarnation: 10, .memory(bytes: bytes, limit: 200 << 20))])
        for second in 6...60 {
            #expect(pool.measured(10, slot: 0, bytes: 300 << 20).isEmpty)
            #expect(pool.tick(at: Self.seconds(second)).isEmpty)
        }
    }

    @Test("S-09: what has given memory back is replaced all the same, and a replacement has a limit of its own")
    func memoryAgain() {
        var pool = Self.pool(2) { $0.memory = 1_000 }
        #expect(pool.measured(10, slot: 0, bytes: 1_001).count == 1)
        #expect(pool.measured(10, slot: 0, bytes: 5).isEmpty)
        #expect(pool.tick(at: .zero).count == 1)
        pool.ready(20, slot: 0, at: Self.seconds(1), chance: 0)
        #expect(pool.measured(20, slot: 0, bytes: 1_001).count == 1)
        #expect(pool.measured(10, slot: 0, bytes: 1_001).isEmpty, "gone")
    }

    @Test("one that gets its slot back is watched as before, from the second of its successors, too")
    func reserve() {
        for successors in 1...2 {
            var pool = Self.pool(1) { $0.memory = 1_000 }
            for number in 0..<successors {
                pool.ready(UInt64(20 + number), slot: 0, at: Self.seconds(number), chance: 0)
                if number + 1 < successors { pool.left(UInt64(20 + number), slot: 0) }
            }
            #expect(pool.measured(10, slot: 0, bytes: 1_001).isEmpty, "it is in reserve")
            pool.returned(10, slot: 0)
            #expect(pool.incarnations == [0: 10], "\(successors) successors")
            #expect(pool.measured(10, slot: 0, bytes: 1_001).count == 1)
        }
    }

    @Test("a worker is replaced at its age, which chance makes shorter by up to a quarter")
    func age() {
        for (chance, seconds) in [(0.0, 1_000), (0.5, 875), (0.999_999, 750)] {
            var pool = Self.pool(1, chance: chance) { $0.age = .seconds(1_000) }
            let due = pool.nextDeadline ?? .zero
            #expect((due - Self.seconds(seconds)).wholeNanoseconds.magnitude < 1_000_000)
            #expect(pool.tick(at: due + .nanoseconds(-1)).isEmpty)
            #expect(pool.tick(at: due) == [.replace(incarnation: 10, .age(.seconds(1_000)))])
        }
        #expect(Self.pool(1) { $0.age = .seconds(Int64.max) }.nextDeadline == nil)
    }

    @Test("a worker is replaced after its number of calls, which chance makes smaller by up to a quarter")
    func calls() {
        for (chance, calls) in [(0.0, 1_000), (0.5, 875), (0.999_999, 750)] as [(Double, UInt64)] {
            var pool = Self.pool(1, chance: chance) { $0.calls = 1_000 }
            pool.served(calls - 1, incarnation: 10, slot: 0)
            #expect(pool.tick(at: .zero).isEmpty)
            pool.served(calls, incarnation: 10, slot: 0)
            #expect(pool.tick(at: .zero) == [.replace(incarnation: 10, .calls(calls))])
        }
    }

    @Test(
        "eight workers that are all due are replaced one after another, each when the one before has a ready successor")
    func oneAtATime() {
        var pool = Self.pool(8) { $0.age = .seconds(100) }
        var now = Self.seconds(100)
        for slot in 0..<8 {
            let action = pool.tick(at: now)
            #expect(action == [.replace(incarnation: UInt64(10 + slot), .age(.seconds(100)))])
            for _ in 0..<5 {
                now = now + .seconds(1)
                #expect(pool.tick(at: now).isEmpty)
            }
            pool.left(UInt64(10 + slot), slot: slot)
            #expect(pool.tick(at: now).isEmpty)
            pool.ready(UInt64(30 + slot), slot: slot, at: now, chance: 0)
        }
        #expect(pool.tick(at: now).isEmpty)
    }

    @Test("memory goes before age and calls")
    func order() {
        var pool = Self.pool(3) { limits in
            (limits.age, limits.calls, limits.memory) = (.seconds(100), 5, 1_000)
        }
        pool.served(5, incarnation: 10, slot: 0)
        #expect(pool.measured(12, slot: 2, bytes: 2_000).count == 1)
        #expect(pool.tick(at: .zero) == [.replace(incarnation: 12, .memory(bytes: 2_000, limit: 1_000))])
        // One that is due for its calls can still be found above its memory.
        #expect(pool.measured(11, slot: 1, bytes: 3_000).count == 1)
        pool.ready(20, slot: 2, at: .zero, chance: 0)
        #expect(pool.tick(at: .zero) == [.replace(incarnation: 11, .memory(bytes: 3_000, limit: 1_000))])
        pool.isOver(1)
        #expect(pool.tick(at: .zero) == [.replace(incarnation: 10, .calls(5))])
    }

    @Test("a slot whose replacement does not come keeps the others waiting 45 s and no longer")
    func turnEnds() {
        var pool = Self.pool(2) { $0.age = .seconds(100) }
        #expect(pool.tick(at: Self.seconds(100)).count == 1)
        #expect(pool.nextDeadline == Self.seconds(145))
        #expect(pool.tick(at: Self.seconds(144)).isEmpty)
        #expect(pool.tick(at: Self.seconds(145)) == [.replace(incarnation: 11, .age(.seconds(100)))])
    }

    @Test("a worker that has died of something else is not replaced once more")
    func deaths() {
        var pool = Self.pool(2) { $0.age = .seconds(100) }
        pool.left(10, slot: 0)
        pool.ready(20, slot: 0, at: Self.seconds(50), chance: 0)
        pool.left(10, slot: 0)
        #expect(pool.tick(at: Self.seconds(100)) == [.replace(incarnation: 11, .age(.seconds(100)))])
        pool.isOver(1)
        #expect(pool.nextDeadline == Self.seconds(150))
        pool.isOver(0)
        #expect(pool.nextDeadline == nil)
    }
}
