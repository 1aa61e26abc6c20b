import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

@Suite("WaitingCalls", .computing, .timeLimit(.minutes(5)))
struct WaitingCallsTests {
    private var calls = WaitingCalls<Int>()

    private mutating func add(_ id: Int, slot: Int? = nil, deadline: Int64? = nil) {
        let instant = deadline.map { Instant(nanoseconds: $0) } ?? .distantFuture
        #expect(calls.add(UInt64(id), id, slot: slot, deadline: instant) == true)
    }

    @Test("E7: a slot that is ready gets the calls that wait for it or for any, in the order of their arrival")
    mutating func ready() {
        for id in [4, 2, 9, 7, 1, 3] { add(id, slot: id == 2 ? 0 : id == 9 || id == 1 ? 1 : nil) }
        #expect(calls.take(for: 1) == [4, 9, 7, 1, 3])
        #expect(calls.count == 1)
        #expect(calls.take(for: 1).isEmpty)
        #expect(calls.take(for: 0) == [2])
        #expect(calls.count == 0)
    }

    @Test("a slot that is given up ends the calls that wait for it alone")
    mutating func givenUp() {
        add(1)
        add(2, slot: 0)
        add(3, slot: 1)
        add(4, slot: 0)
        #expect(calls.take(onlyFor: 0) == [2, 4])
        #expect(calls.takeAll() == [1, 3])
        #expect(calls.count == 0)
        #expect(calls.nextDeadline() == nil)
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
        #expect(calls.take(for: 0) == [1, 2])
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
        #expect(calls.takeAll() == [2])
    }

    @Test("F1: 10,000 calls may wait, one more may not, and a place that is free again may be taken")
    mutating func limit() {
        for id in 1...Limits.callsWaiting { add(id) }
        #expect(calls.add(0, 0, slot: nil, deadline: .distantFuture) == false)
        #expect(calls.cancel(5) == 5)
        add(20_000)
        #expect(calls.add(0, 0, slot: nil, deadline: .distantFuture) == false)
        #expect(calls.takeAll() == (1...Limits.callsWaiting).filter { $0 != 5 } + [20_000])
    }

    @Test("10,000 calls are cancelled, or expire one by one, in linear time", arguments: [true, false])
    mutating func linearTime(isCancelled: Bool) {
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
        #expect(calls.takeAll() == Array(49_996...50_000))
        #expect(calls.bookkeeping == 0)
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
                (expected, taken) = (list.filter { [nil, slot].contains($0.slot) }.map(\.id), calls.take(for: slot))
            case 9: (expected, taken) = (list.filter { $0.slot == slot }.map(\.id), calls.take(onlyFor: slot))
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
