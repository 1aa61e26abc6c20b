import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

@Suite("PoolQueue", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct PoolQueueTests {
    private typealias Seat = PoolQueue<Int>.Seat

    private var calls = PoolQueue<Int>(limit: Limits.callsWaiting)
    private var turn = PriorityTurn()

    private mutating func add(
        _ id: Int, slot: Int? = nil, priority: CallPriority = .normal, deadline: Int64? = nil, expected: Bool = true
    ) {
        let instant = deadline.map { Instant(nanoseconds: $0) } ?? .distantFuture
        let isIn = calls.add(
            UInt64(id), id, wish: slot.map { .slot($0) } ?? .any, seat: slot.map { .slot($0) } ?? .any,
            priority: priority, deadline: instant, at: .zero)
        #expect(isIn == expected)
    }

    /// The next for a worker in this slot.
    private mutating func next(for slot: Int, _ more: [Seat] = []) -> Int? {
        calls.take([.any, .slot(slot), .key(slot: slot)] + more, &turn)?.waiter
    }

    private mutating func all(for slot: Int, _ more: [Seat] = []) -> [Int] {
        var taken: [Int] = []
        while let id = next(for: slot, more) { taken.append(id) }
        return taken
    }

    @Test("E7: a slot that is ready gets the calls that wait for it or for any, in the order of their arrival")
    mutating func ready() {
        for id in [1, 2, 3, 4, 7, 9] { add(id, slot: id == 2 ? 0 : id == 9 || id == 1 ? 1 : nil) }
        #expect(all(for: 1) == [1, 3, 4, 7, 9])
        #expect(calls.count == 1)
        #expect(calls.hasWaiter([.any, .slot(1)]) == false)
        #expect(next(for: 1) == nil)
        #expect(calls.hasWaiter([.any, .slot(0)]) == true)
        #expect(all(for: 0) == [2])
        #expect(calls.count == 0)
    }

    @Test("a slot that is given up ends the calls that wait for it alone")
    mutating func givenUp() {
        add(1)
        add(2, slot: 0)
        add(3, slot: 1)
        add(4, slot: 0)
        #expect(calls.takeAll { $0 == .slot(0) } == [2, 4])
        #expect(calls.takeAll { _ in true } == [1, 3])
        #expect(calls.count == 0)
        #expect(calls.nextDeadline() == nil)
    }

    @Test("M-09: for one slot as many wait as may, whatever ends them, and others have their own bound")
    mutating func slotBound() {
        calls = PoolQueue<Int>(limit: 6, slotLimit: 2)
        add(1, slot: 0, deadline: 500)
        add(2, slot: 0)
        add(3, slot: 0, expected: false)
        #expect(calls.exhausted(for: .slot(0))?.waiting == 2 && calls.exhausted(for: .slot(0))?.limit == 2)
        #expect(calls.exhausted(for: .slot(1)) == nil && calls.exhausted(for: .any) == nil)
        add(4, slot: 1)
        add(5)
        #expect(calls.expire(at: Instant(nanoseconds: 500)) == [1])
        add(6, slot: 0)
        #expect(calls.cancel(6) == 6)
        add(7, slot: 0)
        #expect(next(for: 0) == 2)
        add(8, slot: 0)
        add(9, slot: 0, expected: false)
        add(10)
        add(11)
        #expect(calls.exhausted(for: .slot(1))?.isOfSlot == false, "the pool's own bound")
        #expect(calls.takeAll { _ in true } == [4, 5, 7, 8, 10, 11])
        #expect(calls.bookkeeping == 0)
    }

    @Test("E7: a call ends at its deadline, not before, and no other does")
    mutating func deadline() {
        add(1, deadline: 500)
        add(2)
        add(3, deadline: 300)
        add(4, deadline: 300)
        #expect(calls.nextDeadline() == Instant(nanoseconds: 300))
        #expect(calls.expire(at: Instant(nanoseconds: 299)).isEmpty)
        #expect(calls.expire(at: Instant(nanoseconds: 300)) == [3, 4])
        #expect(calls.expire(at: Instant(nanoseconds: 300)).isEmpty)
        #expect(calls.nextDeadline() == Instant(nanoseconds: 500))
        #expect(all(for: 0) == [1, 2])
        #expect(calls.nextDeadline() == nil)
        #expect(calls.expire(at: .distantFuture).isEmpty)
    }

    @Test("E3: a cancelled call waits no more, and cancelling it again does nothing")
    mutating func cancelled() {
        add(1, deadline: 5)
        add(2)
        #expect(calls.cancel(1) == 1)
        #expect(calls.cancel(1) == nil)
        #expect(calls.cancel(8) == nil)
        #expect(calls.nextDeadline() == nil)
        #expect(calls.count == 1)
        #expect(calls.takeAll { _ in true } == [2])
    }

    @Test("F1: 10,000 calls may wait, one more may not, and a place that is free again may be taken")
    mutating func limit() {
        for id in 1...Limits.callsWaiting { add(id) }
        add(30_000, expected: false)
        #expect(calls.cancel(5) == 5)
        add(20_000)
        add(30_000, expected: false)
        #expect(calls.takeAll { _ in true } == (1...Limits.callsWaiting).filter { $0 != 5 } + [20_000])
    }

    @Test("10,000 calls are cancelled, or expire one by one, in linear time", arguments: [true, false])
    mutating func linearTime(isCancelled: Bool) {
        calls = PoolQueue<Int>(limit: Limits.callsWaiting, slotLimit: Limits.callsWaiting)
        for id in 1...10_000 { add(id, slot: id % 3, deadline: Int64(id)) }
        let time = cpuTime {
            for id in 1...10_000 {
                if isCancelled {
                    if calls.cancel(UInt64(id)) != id { Issue.record("\(id)") }
                } else if calls.expire(at: Instant(nanoseconds: Int64(id))) != [id] {
                    Issue.record("\(id)")
                }
                _ = calls.nextDeadline()
            }
        }
        #expect(calls.count == 0)
        #expect(time < .seconds(2) * TestLength.patience)
    }

    @Test("50,000 calls that come and go leave nothing behind")
    mutating func noGrowth() {
        for id in 1...50_000 {
            add(id, deadline: 1 << 40)
            if id > 5 { #expect(calls.cancel(UInt64(id - 5)) == id - 5) }
            if calls.bookkeeping > 200 { Issue.record("\(calls.bookkeeping) entries at \(id)") }
        }
        #expect(calls.takeAll { _ in true } == Array(49_996...50_000))
        #expect(calls.bookkeeping == 0)
    }

    @Test("calls that wait for a tag go to workers with it, in order among those that wait for any")
    mutating func tags() {
        let tag = PoolChoice.word(ofTag: "mail")
        for id in 1...6 {
            let wish: Wish = id % 2 == 0 ? .tag(tag) : .any
            _ = calls.add(
                UInt64(id), id, wish: wish, seat: id % 2 == 0 ? .tag(tag) : .any, deadline: .distantFuture, at: .zero)
        }
        #expect(next(for: 0) == 1)
        #expect(all(for: 1, [.tag(tag)]) == [2, 3, 4, 5, 6])
    }

    @Test("a key's calls wait for its slot, and keep their order when the key gets another one")
    mutating func reseated() {
        for id in 1...8 {
            let key = UInt64(id % 2)
            _ = calls.add(
                UInt64(id), id, wish: .key(key), seat: .key(slot: Int(key)), deadline: .distantFuture, at: .zero)
        }
        add(9, slot: 0)
        calls.reseat { _ in .key(slot: 2) }
        #expect(next(for: 1) == nil)
        #expect(all(for: 2) == Array(1...8))
        #expect(all(for: 0) == [9])
        #expect(calls.bookkeeping == 0)
    }

    @Test("a higher priority goes first; each is its turn after at most nine others, so that none starves")
    mutating func priorities() {
        add(1, priority: .low)
        add(2, priority: .normal)
        for id in 3...40 { add(id, priority: .high) }
        let order = all(for: 0)
        #expect(order.prefix(8) == Array(3...10)[...])
        let (low, normal) = (order.firstIndex(of: 1) ?? 99, order.firstIndex(of: 2) ?? 99)
        #expect(low <= 9 && normal <= 9, "low after \(low), normal after \(normal)")
        #expect(order.filter { $0 > 2 } == Array(3...40))
    }

    @Test(
        "under a stream of higher ones every priority is served at least once in ten",
        arguments: [CallPriority.low, .normal])
    mutating func starvation(waiting: CallPriority) throws {
        for id in 1...100 { add(id, priority: waiting) }
        for id in 101...1_200 { add(id, priority: .high) }
        if waiting == .low { for id in 1_201...2_200 { add(id, priority: .normal) } }
        var (served, passed) = (0, 0)
        while served < 100 {
            let id = next(for: 0) ?? 0
            (served, passed) = id <= 100 ? (served + 1, 0) : (served, passed + 1)
            try #require(id > 0 && passed <= 9, "passed over \(passed) times")
        }
    }

    @Test("a normal call waits for nine others at most, also when it is a low one's turn before and after it")
    mutating func normalBetweenLows() {
        for _ in 0..<PriorityTurn.bound { #expect(turn.choose { $0 != .normal } == .high) }
        let order = (0..<10).map { _ in turn.choose { _ in true } }
        #expect(order.first == .low)
        #expect(order.contains(.normal), "\(order)")
    }

    @Test("at random, it agrees with a list", arguments: 1...20 as ClosedRange<UInt64>)
    mutating func agrees(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var list: [(id: Int, slot: Int?, deadline: Int64)] = []
        var now: Int64 = 0
        for id in 1...600 {
            var (expected, taken) = ([Int](), [Int]())
            let slot = Int.random(in: 0..<4, using: &generator)
            switch Int.random(in: 0..<12, using: &generator) {
            case 0..<8:
                let entry = (id, slot == 3 ? nil : slot, now + Int64.random(in: 0...60, using: &generator))
                add(entry.0, slot: entry.1, deadline: entry.2)
                list.append(entry)
            case 8:
                (expected, taken) = (list.filter { [nil, slot].contains($0.slot) }.map(\.id), all(for: slot))
            case 9: (expected, taken) = (list.filter { $0.slot == slot }.map(\.id), calls.takeAll { $0 == .slot(slot) })
            case 10:
                let victim = Int.random(in: 1...id, using: &generator)
                expected = list.filter { $0.id == victim }.map(\.id)
                taken = calls.cancel(UInt64(victim)).map { [$0] } ?? []
            default:
                now += 15
                expected = list.filter { $0.deadline <= now }.map(\.id)
                taken = calls.expire(at: Instant(nanoseconds: now)).sorted()
            }
            #expect(taken == expected, "seed \(seed), step \(id)")
            list.removeAll { expected.contains($0.id) }
            #expect(calls.count == list.count)
            #expect(calls.nextDeadline() == list.map(\.deadline).min().map { Instant(nanoseconds: $0) })
        }
    }
}
