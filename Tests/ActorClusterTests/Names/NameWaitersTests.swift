import ActorCluster
import ProcessIO
import Testing

@Suite("NameWaiters")
struct NameWaitersTests {
    private static func actor(_ name: String, type: String = "T") -> NamedActor {
        NamedActor(name: name, type: type, id: ActorID(scope: .incarnation(1), number: 1))
    }

    private static func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

    @Test("who waits for the name or for the type is woken, once, and nobody else")
    func wakes() {
        var waiters = NameWaiters<String>()
        #expect(waiters.add(1, .name("a"), "one", until: .distantFuture) == true)
        #expect(waiters.add(2, .changes(ofType: "T"), "two", until: .distantFuture) == true)
        #expect(waiters.add(3, .name("b"), "three", until: .distantFuture) == true)
        #expect(waiters.take(Self.actor("a", type: "Other")) == ["one"])
        #expect(waiters.take(Self.actor("a")) == ["two"])
        #expect(waiters.take(Self.actor("a")) == [])
        #expect(waiters.takeAll() == ["three"])
        #expect(waiters.count == 0 && waiters.bookkeeping == 0)
    }

    @Test("a wait ends at its moment, or when it is cancelled, and leaves nothing")
    func ends() {
        var waiters = NameWaiters<String>(limit: 3)
        #expect(waiters.add(1, .name("a"), "one", until: Self.at(3)) == true)
        #expect(waiters.add(2, .name("a"), "two", until: Self.at(1)) == true)
        #expect(waiters.add(3, .name("a"), "three", until: Self.at(2)) == true)
        #expect(waiters.add(4, .name("a"), "four", until: Self.at(2)) == false, "one too many")
        #expect(waiters.cancel(3) == "three")
        #expect(waiters.cancel(3) == nil)
        #expect(waiters.nextDeadline() == Self.at(1))
        #expect(waiters.expire(at: Self.at(2)) == ["two"])
        #expect(waiters.nextDeadline() == Self.at(3))
        #expect(waiters.expire(at: Self.at(3)) == ["one"])
        #expect(waiters.bookkeeping == 0)
    }

    @Test("many waits that end early leave no deadlines behind")
    func bound() {
        var waiters = NameWaiters<String>()
        for number in 1...10_000 as ClosedRange<UInt64> {
            _ = waiters.add(number, .name("a"), "", until: Self.at(1_000))
            _ = waiters.cancel(number)
        }
        #expect(waiters.bookkeeping <= 66)
    }
}
