import ActorClusterTesting
import Testing

@testable import ActorCluster

@Suite("HeldRequests", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct HeldRequestsTests {
    @Test("F4: requests come out in order, of many pings the last; one above the bound is a violation")
    func bounds() throws {
        var held = HeldRequests()
        for id in 1...UInt64(Limits.requestsHeld) { try held.hold(.health(id)) }
        #expect(throws: ProtocolViolation.tooManyCalls(limit: Limits.requestsHeld)) {
            try held.hold(.refused(1, Failure(.shuttingDown)))
        }
        for number in 1...1_000 as ClosedRange<UInt64> { held.hold(ping: FrameNumbers(number)) }
        #expect(held.ping == FrameNumbers(1_000))
        let ids = held.requests.map { request -> UInt64 in
            if case .health(let id) = request { return id }
            return 0
        }
        #expect(ids == Array(1...UInt64(Limits.requestsHeld)))
    }
}
