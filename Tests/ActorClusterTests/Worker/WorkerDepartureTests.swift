import ActorCluster
import ActorClusterTesting
import Testing

@Suite("WorkerDeparture", .computing)
struct WorkerDepartureTests {
    private var departure = WorkerDeparture()

    @Test("a worker that is asked to leave drains, once, and exits with 0")
    mutating func asked() {
        #expect(departure.drainAsked() == [.drain])
        #expect(departure.drainAsked().isEmpty)
        #expect(departure.exit == .asked)
    }

    @Test("S-02: SIGTERM from an operator makes it drain and tell the primary, whose answer changes nothing")
    mutating func anOperator() {
        #expect(departure.terminated() == [.tellPrimary, .drain])
        #expect(departure.drainAsked().isEmpty)
        #expect(departure.exit.rawValue == 0)
        #expect(!departure.isHurried)
    }

    @Test("G-03: SIGTERM while it drains means that its time is over: it hurries, and exits with 1")
    mutating func limit() {
        _ = departure.drainAsked()
        #expect(departure.terminated() == [.hurry])
        #expect(departure.exit.rawValue == 1)
        #expect(departure.terminated().isEmpty)
        #expect(departure.drainAsked().isEmpty)
    }

    @Test("when the primary is gone it hurries, and exits with 0; SIGTERM then is no reason to change that")
    mutating func orphan() {
        #expect(departure.primaryLost() == [.hurry])
        #expect(departure.terminated().isEmpty)
        #expect(departure.primaryLost().isEmpty)
        #expect(departure.exit.rawValue == 0)
    }

    @Test("the end of the pipe does not make a worker in time of one that was late")
    mutating func lateAndOrphan() {
        _ = departure.terminated()
        _ = departure.terminated()
        #expect(departure.primaryLost().isEmpty)
        #expect(departure.exit.rawValue == 1)
    }
}
