import ActorClusterTesting
import ProcessIO
import Testing

@testable import ActorCluster

@Suite("Heartbeat", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct HeartbeatTests {
    @Test("a pong tells how long its ping took; of several pings the last one's pong is enough")
    func roundTrips() throws {
        var heartbeat = Heartbeat()
        #expect(heartbeat.ping(at: Instant(nanoseconds: 100)) == 1)
        try heartbeat.pong(1, at: Instant(nanoseconds: 130))
        #expect(heartbeat.roundTrip == .nanoseconds(30))
        for number in 2...4 as ClosedRange<UInt64> {
            #expect(heartbeat.ping(at: Instant(nanoseconds: Int64(number) * 1_000)) == number)
        }
        try heartbeat.pong(4, at: Instant(nanoseconds: 4_007))
        #expect(heartbeat.roundTrip == .nanoseconds(7))
        #expect(heartbeat.lastPong == Instant(nanoseconds: 4_007))
    }

    @Test("a pong that nobody asked for, or that comes again, is a violation")
    func violations() throws {
        var heartbeat = Heartbeat()
        #expect(throws: ProtocolViolation.neverIssued(1)) { try heartbeat.pong(1, at: .zero) }
        _ = heartbeat.ping(at: .zero)
        try heartbeat.pong(1, at: .zero)
        for number in [0, 1, 2] as [UInt64] {
            #expect(throws: ProtocolViolation.neverIssued(number)) { try heartbeat.pong(number, at: .zero) }
        }
    }
}
