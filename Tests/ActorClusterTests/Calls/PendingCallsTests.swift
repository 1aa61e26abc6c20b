import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

typealias Calls = PendingCalls<Int, String>

extension PendingCalls where Waiter == Int, Request == String {
    /// A call whose waiter is its number.
    mutating func begin(
        _ id: Int, deadline: Instant = .distantFuture, queuedBytes: Int = 0, isUrgent: Bool = false
    ) -> Admission {
        begin(
            CallID(id), id, "request \(id)", deadline: deadline, queuedBytes: queuedBytes, isUrgent: isUrgent)
    }

    /// A call whose frame is written to its end.
    mutating func beginWritten(_ id: Int, deadline: Instant = .distantFuture) {
        #expect(begin(id, deadline: deadline) == .send)
        written(CallID(id))
    }
}

@Suite("PendingCalls", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct PendingCallsTests {
    private var calls = Calls()

    @Test("a reply ends the call it answers, and no other")
    mutating func reply() throws {
        calls.beginWritten(1)
        calls.beginWritten(2)
        #expect(try calls.answered(2) == 2)
        #expect(calls.count == 1)
        #expect(try calls.answered(1) == 1)
        #expect(calls.inFlight == 0)
        #expect(calls.lateReplies == 0)
    }

    @Test("A4: a worker's death fails its calls in flight, in order, and says they may have run")
    mutating func deathInFlight() {
        for id in 1...100 { calls.beginWritten(id) }
        let ended = calls.close()
        #expect(ended.map(\.waiter) == Array(1...100))
        #expect(ended.allSatisfy { $0.delivery == .maybeExecuted })
        #expect(calls.count == 0)
        #expect(calls.inFlight == 0)
    }

    @Test("a peer that starts no more calls has not run those that it has not answered")
    mutating func startsNoMore() throws {
        for id in 1...4 { calls.beginWritten(id, deadline: id == 3 ? Instant(nanoseconds: 5) : .distantFuture) }
        #expect(try calls.answered(1) == 1)
        #expect(calls.cancel(2)?.delivery == .maybeExecuted)
        calls.peerStartsNoMore()
        #expect(calls.expire(at: Instant(nanoseconds: 5)).map(\.delivery) == [.notSent])
        // It may still refuse some, and others are sent before it has gone.
        #expect(try calls.answered(3) == nil)
        #expect(calls.begin(5) == .send)
        calls.beginWritten(6)
        #expect(calls.cancel(5)?.delivery == .notSent)
        let ended = calls.close()
        #expect(ended.map(\.waiter) == [4, 6])
        #expect(ended.allSatisfy { $0.delivery == .notSent })
    }

    @Test("A5: a worker's death fails what was still queued, and says it was not sent")
    mutating func deathQueued() {
        for id in 1...100 { #expect(calls.begin(id) == .send) }
        let ended = calls.close()
        #expect(ended.map(\.waiter) == Array(1...100))
        #expect(ended.allSatisfy { $0.delivery == .notSent })
    }

    @Test("D12: the first reply wins; a second one and one after a timeout are dropped and counted")
    mutating func lateReplies() throws {
        calls.beginWritten(1)
        calls.beginWritten(2, deadline: Instant(nanoseconds: 5))
        #expect(try calls.answered(1) == 1)
        #expect(try calls.answered(1) == nil)
        #expect(calls.expire(at: Instant(nanoseconds: 5)).map(\.waiter) == [2])
        #expect(try calls.answered(2) == nil)
        #expect(calls.lateReplies == 2)
        #expect(calls.inFlight == 0)
    }

    @Test("D12: a reply to a call that was never made is a violation", arguments: [0, 3, 4, CallID.max])
    mutating func neverIssued(id: CallID) {
        calls.beginWritten(1)
        calls.beginWritten(2)
        #expect(throws: ProtocolViolation.neverIssued(id)) { try calls.answered(id) }
        #expect(calls.count == 2)
        #expect(calls.lateReplies == 0)
    }

    @Test("D12: a reply to a call that has not been written is a violation, and the call still ends")
    mutating func answeredTooEarly() {
        var bounds = Calls.Bounds()
        bounds.inFlight = 1
        calls = Calls(bounds: bounds)
        #expect(calls.begin(1) == .send)
        #expect(calls.begin(2) == .wait)
        for id in [1, 2] as [CallID] {
            #expect(throws: ProtocolViolation.neverIssued(id)) { try calls.answered(id) }
        }
        #expect(calls.count == 2)
        #expect(calls.waiting == 1)
        #expect(calls.close().map(\.waiter) == [1, 2])
    }

    @Test("a call that ends while its frame is queued may still run, unless the worker is gone")
    mutating func endedWhileQueued() {
        for id in 1...3 { #expect(calls.begin(id, deadline: Instant(nanoseconds: id == 2 ? 5 : 9)) == .send) }
        let ended = [calls.cancel(1), calls.expire(at: Instant(nanoseconds: 5)).first].compactMap { $0 }
        #expect(ended.map(\.waiter) == [1, 2])
        for ended in ended {
            #expect(ended.delivery == .maybeExecuted)
            #expect(ended.isAtPeer)
            #expect(!ended.isWritten)
        }
        #expect(calls.close().map(\.delivery) == [.notSent])
    }

    @Test("E3: a call cancelled while it waits leaves nothing behind, and the worker hears nothing of it")
    mutating func cancelledWhileWaiting() throws {
        for id in 1...Limits.callsInFlight { calls.beginWritten(id) }
        let id = Limits.callsInFlight + 1
        #expect(calls.begin(id, deadline: Instant(nanoseconds: 5)) == .wait)
        let ended = calls.cancel(CallID(id))
        #expect(ended?.waiter == id)
        #expect(ended?.delivery == .notSent)
        #expect(ended?.isAtPeer == false)
        #expect(calls.waiting == 0)
        #expect(calls.inFlight == Limits.callsInFlight)
        #expect(calls.nextDeadline() == nil)
        _ = try calls.answered(1)
        #expect(calls.next(queuedBytes: 0) == nil)
    }

    @Test("cancelling a call that has ended, or never began, does nothing")
    mutating func cancelledTwice() {
        calls.beginWritten(1)
        #expect(calls.cancel(1) != nil)
        #expect(calls.cancel(1) == nil)
        #expect(calls.cancel(7) == nil)
        #expect(calls.count == 0)
        #expect(calls.inFlight == 1)
    }

    @Test("E6: 100,000 deadlines at one instant end in one pass, in order, and a past one at once")
    mutating func manyDeadlines() {
        var bounds = Calls.Bounds()
        bounds.inFlight = 100_000
        calls = Calls(bounds: bounds)
        let deadline = Instant(nanoseconds: 1_000)
        for id in 1...100_000 { _ = calls.begin(id, deadline: deadline) }
        #expect(calls.expire(at: Instant(nanoseconds: 999)).isEmpty)
        var ended: [Calls.Ended] = []
        let time = cpuTime { ended = calls.expire(at: deadline) }
        #expect(ended.map(\.waiter) == Array(1...100_000))
        let limit: Duration = TestLength.isOptimized ? .milliseconds(100) : .seconds(4)
        #expect(time < limit * TestLength.patience)
        #expect(calls.nextDeadline() == nil)
        #expect(calls.begin(100_001, deadline: Instant(nanoseconds: -5), isUrgent: true) == .send)
        #expect(calls.nextDeadline() == Instant(nanoseconds: -5))
        #expect(calls.expire(at: deadline).map(\.waiter) == [100_001])
    }

    @Test("the next deadline is one of a call that still runs")
    mutating func nextDeadline() throws {
        for id in 1...3 { calls.beginWritten(id, deadline: Instant(nanoseconds: Int64(id))) }
        calls.beginWritten(4)
        #expect(calls.nextDeadline() == Instant(nanoseconds: 1))
        _ = try calls.answered(1)
        _ = calls.cancel(2)
        #expect(calls.nextDeadline() == Instant(nanoseconds: 3))
        _ = try calls.answered(3)
        #expect(calls.nextDeadline() == nil)
    }
}
