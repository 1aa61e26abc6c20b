import ProcessIO

/// The pings to one worker and its pongs. What their absence means is not decided here.
struct Heartbeat: Equatable, Sendable {
    private var sent: UInt64 = 0
    private var answered: UInt64 = 0
    private var lastSent = Instant.zero
    /// From the last answered ping to its pong.
    private(set) var roundTrip: Duration?
    /// When the last pong came.
    private(set) var lastPong: Instant?

    /// Whether no ping waits for its pong.
    var isAnswered: Bool { answered == sent }

    /// The number of the next ping.
    mutating func ping(at now: Instant) -> UInt64 {
        sent += 1
        lastSent = now
        return sent
    }

    /// A worker that is behind answers the last of several pings, but none twice and none that was not sent.
    mutating func pong(_ number: UInt64, at now: Instant) throws(ProtocolViolation) {
        guard number > answered, number <= sent else { throw .neverIssued(number) }
        answered = number
        lastPong = now
        if number == sent { roundTrip = now - lastSent }
    }
}
