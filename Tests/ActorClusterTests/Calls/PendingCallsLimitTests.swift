import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

@Suite("PendingCalls at its limits", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct PendingCallsLimitTests {
    private var calls = Calls()

    private mutating func fill() {
        for id in 1...Limits.callsInFlight { calls.beginWritten(id) }
    }

    @Test("F2: of 5,000 calls never more than 1,024 are unanswered, and all are sent in order")
    mutating func inFlight() throws {
        var sent: [Int] = []
        for id in 1...5_000 {
            let admission = calls.begin(id)
            #expect(admission == (id <= 1_024 ? .send : .wait))
            if admission == .send {
                sent.append(id)
                calls.written(CallID(id))
            }
        }
        #expect(calls.inFlight == 1_024)
        #expect(calls.waiting == 5_000 - 1_024)
        for id in 1...5_000 {
            #expect(try calls.answered(CallID(id)) == id)
            while let next = calls.next(queuedBytes: 0) {
                sent.append(Int(next.id))
                calls.written(next.id)
            }
            if calls.inFlight > 1_024 { Issue.record("\(calls.inFlight) in flight") }
        }
        #expect(sent == Array(1...5_000))
        #expect(calls.count == 0)
    }

    @Test("B7: a call that ended at the caller keeps its place until the worker answers")
    mutating func placeIsKept() throws {
        fill()
        #expect(calls.cancel(1) != nil)
        #expect(calls.begin(2_000) == .wait)
        #expect(calls.next(queuedBytes: 0) == nil)
        #expect(try calls.answered(1) == nil)
        #expect(calls.next(queuedBytes: 0)?.id == 2_000)
        #expect(calls.next(queuedBytes: 0) == nil)
    }

    @Test("B7: or until the worker dies")
    mutating func placeEndsWithTheWorker() {
        fill()
        for id in 1...10 { #expect(calls.cancel(CallID(id)) != nil) }
        #expect(calls.inFlight == Limits.callsInFlight)
        #expect(calls.close().count == Limits.callsInFlight - 10)
        #expect(calls.inFlight == 0)
    }

    @Test("F1: 10,000 calls may wait; one more is told so at once, and the others keep their order")
    mutating func waiting() throws {
        fill()
        for id in 1...Limits.callsWaiting { #expect(calls.begin(5_000 + id) == .wait) }
        #expect(calls.begin(90_000) == .overloaded(waiting: Limits.callsWaiting))
        #expect(calls.waiting == Limits.callsWaiting)
        #expect(throws: ProtocolViolation.neverIssued(90_000)) { try calls.answered(90_000) }
        #expect(calls.cancel(5_001) != nil)
        #expect(calls.begin(90_001) == .wait)
        #expect(try calls.answered(1) == 1)
        #expect(calls.next(queuedBytes: 0)?.request == "request 5002")
    }

    @Test("with no room for waiting calls, a call goes or is refused")
    mutating func noWaiting() {
        var bounds = Calls.Bounds()
        (bounds.inFlight, bounds.waiting) = (1, 0)
        calls = Calls(bounds: bounds)
        #expect(calls.begin(1) == .send)
        #expect(calls.begin(2) == .overloaded(waiting: 0))
    }

    @Test("F3: calls wait above 1 MiB of queued bytes, and go again at 256 KiB")
    mutating func marks() {
        let (high, low) = (Limits.outboundHigh, Limits.outboundLow)
        #expect(calls.begin(1, queuedBytes: high) == .send)
        #expect(calls.begin(2, queuedBytes: high + 1) == .wait)
        #expect(calls.next(queuedBytes: high) == nil)
        #expect(calls.next(queuedBytes: low + 1) == nil)
        #expect(calls.begin(3, queuedBytes: 0) == .wait)
        #expect(calls.next(queuedBytes: low)?.id == 2)
        #expect(calls.next(queuedBytes: high)?.id == 3)
        #expect(calls.begin(4, queuedBytes: high + 1) == .wait)
        #expect(calls.next(queuedBytes: high) == nil)
    }

    @Test("waiting calls go in the order of their arrival, those that ended are passed over")
    mutating func order() throws {
        fill()
        for id in 2_001...2_010 { #expect(calls.begin(id, deadline: Instant(nanoseconds: Int64(id))) == .wait) }
        #expect(calls.expire(at: Instant(nanoseconds: 2_002)).map(\.waiter) == [2_001, 2_002])
        #expect(calls.cancel(2_004) != nil)
        for id in 1...10 { _ = try calls.answered(CallID(id)) }
        var order: [Int] = []
        while let next = calls.next(queuedBytes: 0) {
            #expect(next.deadline == Instant(nanoseconds: Int64(next.id)))
            order.append(Int(next.id))
        }
        #expect(order == [2_003, 2_005, 2_006, 2_007, 2_008, 2_009, 2_010])
    }

    @Test("nothing overtakes a waiting call, even when there is room")
    mutating func noOvertaking() throws {
        fill()
        #expect(calls.begin(2_001) == .wait)
        _ = try calls.answered(1)
        #expect(calls.begin(2_002) == .wait)
        #expect(calls.next(queuedBytes: 0)?.id == 2_001)
    }

    @Test("a health check goes past all limits but one: twice as many calls in flight as may be")
    mutating func urgent() {
        fill()
        #expect(calls.begin(2_001, queuedBytes: .max) == .wait)
        for id in 1...Limits.callsInFlight {
            #expect(calls.begin(3_000 + id, queuedBytes: .max, isUrgent: true) == .send)
        }
        #expect(calls.begin(9_000, isUrgent: true) == .overloaded(waiting: 1))
    }
}
