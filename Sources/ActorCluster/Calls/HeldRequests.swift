import ProcessIO

/// What a peer asked for while it did not read the answers it has: it waits here, in order, instead of making more of them.
struct HeldRequests {
    enum Request {
        case call(any Startable)
        case health(CallID)
        /// A call that is not to be started; the answer says why.
        case refused(CallID, Failure)
    }

    private(set) var requests: [Request] = []
    /// The last one is enough: its pong says that the loop is alive.
    private(set) var ping: FrameNumbers?

    /// So many requests a correct peer may have unanswered: calls, and health checks beside them.
    static let most = 2 * Limits.callsInFlight

    mutating func hold(_ request: Request) throws(ProtocolViolation) {
        guard requests.count < Self.most else { throw .tooManyCalls(limit: Self.most) }
        requests.append(request)
    }

    mutating func hold(ping numbers: FrameNumbers) { ping = numbers }
}
