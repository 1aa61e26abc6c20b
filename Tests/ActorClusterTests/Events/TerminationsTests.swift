import ActorCluster
import Testing

@Suite("Terminations")
struct TerminationsTests {
    private typealias Watched = Terminations<String>

    private static func watcher(_ process: UInt64, _ number: UInt64 = 1) -> Watched.Watcher {
        Watched.Watcher(process: process, number: number)
    }

    private static let end = Termination(
        WorkerID(group: "g", slot: 0, incarnation: 7), .exited, .code(3), intentional: false)

    @Test("all who watch a process are told of its end, once; who comes later is told at once")
    func ends() {
        var watched = Watched()
        watched.began(7)
        #expect(watched.watch(7, Self.watcher(0, 1), "a") == nil)
        #expect(watched.watch(7, Self.watcher(0, 2), "b") == nil)
        #expect(Set(watched.ended(7, Self.end)) == ["a", "b"])
        #expect(watched.ended(7, Termination(nil, .unreachable)) == [])
        #expect(watched.watch(7, Self.watcher(0, 3), "c") == Self.end)
        #expect(watched.livingCount == 0)
    }

    @Test("a process that never was is unreachable, and so is one whose end was too long ago")
    func bound() {
        var watched = Watched(limit: 3)
        #expect(watched.watch(1, Self.watcher(0), "a") == Termination(nil, .unreachable))
        for word in 1...10 as ClosedRange<UInt64> {
            watched.began(word)
            _ = watched.ended(word, Self.end)
        }
        for word in 1...7 as ClosedRange<UInt64> {
            #expect(watched.watch(word, Self.watcher(0), "a") == Termination(nil, .unreachable))
        }
        for word in 8...10 as ClosedRange<UInt64> { #expect(watched.watch(word, Self.watcher(0), "a") == Self.end) }
    }

    @Test("who does not wait any more, and a watching process that has gone, leave nothing")
    func leavesNothing() {
        var watched = Watched()
        watched.began(7)
        watched.began(8)
        for word in [7, 8] as [UInt64] {
            _ = watched.watch(word, Self.watcher(0), "own")
            _ = watched.watch(word, Self.watcher(5), "of 5")
            // A worker that asks twice is told once.
            _ = watched.watch(word, Self.watcher(5), "of 5")
        }
        #expect(watched.waitingCount == 4)
        #expect(watched.cancel(7, Self.watcher(0)) == "own")
        #expect(watched.cancel(7, Self.watcher(0)) == nil)
        watched.forget(watcher: 5)
        #expect(watched.waitingCount == 1)
        #expect(watched.ended(7, Self.end) == [])
        #expect(watched.ended(8, Self.end) == ["own"])
    }

    @Test("what fills a slot is not remembered; without news from the primary everything is unreachable")
    func slotsAndCutOff() {
        var watched = Watched()
        let slot = ActorID.Scope.slot(pool: 0, slot: 1).word
        watched.began(slot)
        #expect(watched.watch(slot, Self.watcher(4), "a") == nil)
        #expect(watched.ended(slot, Self.end, isRemembered: false) == ["a"])
        #expect(!watched.knows(slot))
        watched.began(slot)
        #expect(watched.watch(slot, Self.watcher(4), "b") == nil)
        #expect(watched.cutOff() == ["b"])
        watched.began(slot)
        #expect(watched.watch(slot, Self.watcher(4), "c") == Termination(nil, .unreachable))
    }
}
