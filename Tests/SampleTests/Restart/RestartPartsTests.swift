import ActorClusterTesting
import Testing

@testable import Restart

@Suite("Restart's parts", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct RestartPartsTests {
    @Test("arguments have their defaults, and each can be given")
    func arguments() throws {
        #expect(try Command(parsing: []) == .run(Arguments(seconds: 30, killEveryMilliseconds: 1_000)))
        #expect(
            try Command(parsing: ["--kill-every", "20", "--seconds", "7"])
                == .run(Arguments(seconds: 7, killEveryMilliseconds: 20)))
        #expect(try Command(parsing: ["--seconds", "7", "-h"]) == .help)
    }

    @Test("harm goes round the slots, each time another one for a slot, and passes over those that are not ready")
    func script() {
        var script = Script(slots: 4)
        var seen: [Int: [Harm]] = [:]
        for _ in 0..<16 {
            guard let next = script.next(isReady: { _ in true }) else { break }
            seen[next.slot, default: []].append(next.harm)
        }
        for slot in 0..<4 { #expect(Set(seen[slot] ?? []) == Set(Harm.allCases)) }
        #expect(script.next { _ in false }?.slot == nil)
        #expect(script.next { $0 == 2 }?.slot == 2)
        #expect(script.next { _ in true }?.slot == 3)
    }

    @Test("a call that has begun is without outcome until it is answered or fails")
    func tally() {
        struct Odd: Error {}
        var tally = Tally(slots: 2)
        for _ in 0..<3 { tally.begin() }
        #expect(tally.withoutOutcome == 3)
        tally.answer(from: 1)
        tally.fail(Odd())
        #expect(tally.withoutOutcome == 1)
        #expect(tally.answered == [0, 1])
        #expect(tally.failed == ["Odd": 1])
    }

    @Test("a slot is without a ready worker from the harm to the next process's readiness")
    func recoveries() {
        var recoveries = Recoveries()
        recoveries.harmed(.killed, slot: 0, incarnation: 5, at: .seconds(1))
        #expect(recoveries.isOpen(0))
        recoveries.ready(slot: 0, incarnation: 5, at: .seconds(2))
        #expect(recoveries.open == 1, "that is the one that was harmed")
        recoveries.ready(slot: 0, incarnation: 6, at: .seconds(3))
        #expect(recoveries.open == 0)
        recoveries.harmed(.hung, slot: 0, incarnation: 6, at: .seconds(4))
        recoveries.ready(slot: 0, incarnation: 7, at: .seconds(9))
        #expect((recoveries.count, recoveries.replaced) == (2, 2))
        #expect(recoveries.worst() == .seconds(5))
        #expect(recoveries.worst(of: .killed) == .seconds(2))
        #expect(recoveries.median(of: .exited) == nil)
    }

    @Test("the table is drawn over itself on a terminal, and rests of longer lines and tables go")
    func screen() {
        var screen = Screen()
        #expect(screen.draw(["a", "b"]) == "\ra\u{1B}[K\nb\u{1B}[K\n\u{1B}[J")
        #expect(screen.draw(["c"]) == "\u{1B}[2A\rc\u{1B}[K\n\u{1B}[J")
        #expect(screen.draw(["d"]).hasPrefix("\u{1B}[1A\r"))
    }

    @Test("a row tells all of a slot")
    func board() {
        var slot = SlotView(slot: 3)
        (slot.state, slot.incarnation, slot.pid) = ("ready", 17, 4_711)
        (slot.calls, slot.restarts, slot.memory, slot.last) = (99, 2, 12 << 20, "#9 killed")
        let lines = Board.live([slot], Tally(slots: 4), elapsed: .milliseconds(12_345))
        #expect(lines[1] == "   3  ready  #17      4711     99         2  12 MiB  #9 killed")
        #expect(lines[2] == "12.3 s: 0 calls, 0 answered, 0 failed")
    }
}
