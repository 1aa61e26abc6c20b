import ActorCluster
import ActorClusterTesting
import Testing

@Suite("RunningCalls", .computing)
struct RunningCallsTests {
    private var calls = RunningCalls<String>()

    @Test("a call runs from its arrival to its answer, which counts once")
    mutating func life() throws {
        #expect(try calls.arrived(1) == .start)
        #expect(calls.count == 1)
        #expect(calls.started(1, "one") == nil)
        #expect(calls.finished(1) == true)
        #expect(calls.finished(1) == false)
        #expect(calls.count == 0)
        #expect(calls.served == 1)
    }

    @Test("a number that runs already, or 0, is a violation")
    mutating func repeated() throws {
        _ = try calls.arrived(7)
        #expect(throws: ProtocolViolation.repeatedCall(7)) { try calls.arrived(7) }
        #expect(throws: ProtocolViolation.repeatedCall(0)) { try calls.arrived(0) }
        #expect(calls.count == 1)
        #expect(try calls.arrived(3) == .start)
    }

    @Test("F2: more calls at once than a correct peer sends are a violation")
    mutating func limit() throws {
        for id in 1...CallID(Limits.callsInFlight) { #expect(try calls.arrived(id) == .start) }
        #expect(throws: ProtocolViolation.tooManyCalls(limit: Limits.callsInFlight)) { try calls.arrived(5_000) }
        #expect(calls.finished(1) == true)
        #expect(try calls.arrived(5_000) == .start)
    }

    @Test("cancelling gives the task that runs the call; before it is there, as soon as it is")
    mutating func cancelled() throws {
        _ = try calls.arrived(1)
        _ = try calls.arrived(2)
        #expect(calls.started(1, "one") == nil)
        #expect(calls.cancel(1) == "one")
        #expect(calls.cancel(2) == nil)
        #expect(calls.started(2, "two") == "two")
        #expect(calls.count == 2)
        #expect(calls.finished(1) == true)
        #expect(calls.finished(2) == true)
    }

    @Test("E4: cancelling a finished call, or one whose number has been passed over, leaves nothing behind")
    mutating func finishedBefore() throws {
        _ = try calls.arrived(2)
        #expect(calls.finished(2) == true)
        #expect(calls.cancel(2) == nil)
        #expect(calls.cancel(1) == nil)
        #expect(calls.cancel(0) == nil)
        #expect(calls.started(2, "two") == nil)
        #expect(calls.count == 0)
        #expect(calls.earlyCancellations == 0)
        #expect(try calls.arrived(1) == .start)
        calls.passed(3)
        #expect(calls.cancel(3) == nil)
        #expect(calls.earlyCancellations == 0, "a health check was cancelled")
    }

    @Test("E4: a call that comes after its cancellation is not started, and nothing is kept of either")
    mutating func overtaken() throws {
        #expect(calls.cancel(5) == nil)
        #expect(calls.cancel(5) == nil)
        #expect(calls.count == 0)
        #expect(calls.earlyCancellations == 1)
        #expect(try calls.arrived(4) == .start)
        #expect(try calls.arrived(5) == .cancelled)
        #expect(calls.earlyCancellations == 0)
        #expect(calls.count == 1)
        #expect(calls.finished(5) == false)
        #expect(calls.served == 0)
    }

    @Test("E4: of more early cancellations than are remembered, the oldest are forgotten")
    mutating func manyOvertaken() throws {
        let count = CallID(Limits.earlyCancellations)
        for id in 1...count + 1 { #expect(calls.cancel(id) == nil) }
        #expect(calls.earlyCancellations == Limits.earlyCancellations)
        #expect(try calls.arrived(1) == .start)
        for id in 2...count + 1 { #expect(try calls.arrived(id) == .cancelled) }
        #expect(calls.earlyCancellations == 0)
        #expect(calls.count == 1)
    }

    @Test("a call that was answered before its task was known is not kept")
    mutating func answeredEarly() throws {
        _ = try calls.arrived(1)
        #expect(calls.finished(1) == true)
        #expect(calls.started(1, "one") == nil)
        #expect(calls.count == 0)
    }

    @Test("while it drains no call is started, and it is drained when the last one has been answered")
    mutating func drain() throws {
        _ = try calls.arrived(1)
        _ = try calls.arrived(2)
        #expect(!calls.isDrained)
        calls.drain()
        #expect(try calls.arrived(3) == .refuse)
        #expect(calls.finished(1) == true)
        #expect(!calls.isDrained)
        #expect(calls.finished(2) == true)
        #expect(calls.isDrained)
        #expect(calls.served == 2)
    }

    @Test("with nothing to do it is drained at once")
    mutating func drainIdle() {
        calls.drain()
        #expect(calls.isDrained)
    }

    @Test("when the caller is gone every task is cancelled, those not yet known as soon as they are")
    mutating func close() throws {
        for id in 1...3 as ClosedRange<CallID> { _ = try calls.arrived(id) }
        _ = calls.started(2, "two")
        _ = calls.started(1, "one")
        #expect(calls.abandon() == ["one", "two"])
        #expect(calls.started(3, "three") == "three")
        #expect(try calls.arrived(4) == .refuse)
        for id in 1...3 as ClosedRange<CallID> { #expect(calls.finished(id) == true) }
        #expect(calls.isDrained)
    }

    @Test("a draining process takes calls made inside calls as long as it runs any, and no others")
    mutating func nestedWhileDraining() throws {
        _ = try calls.arrived(1)
        calls.drain()
        #expect(try calls.arrived(2, isNested: true) == .start)
        #expect(try calls.arrived(3) == .refuse)
        #expect(calls.finished(1) == true)
        #expect(!calls.isDrained)
        #expect(try calls.arrived(4, isNested: true) == .start)
        #expect(calls.finished(2) == true && calls.finished(4) == true)
        #expect(calls.isDrained)
        #expect(try calls.arrived(5, isNested: true) == .refuse)
    }

    @Test("calls that are abandoned are cancelled, end without an answer, and nothing is taken any more")
    mutating func abandoned() throws {
        _ = try calls.arrived(1)
        _ = calls.started(1, "one")
        #expect(calls.abandon() == ["one"])
        #expect(calls.isAbandoned)
        #expect(try calls.arrived(2, isNested: true) == .refuse)
        #expect(calls.finished(1) == true)
        #expect(calls.isDrained)
    }
}
