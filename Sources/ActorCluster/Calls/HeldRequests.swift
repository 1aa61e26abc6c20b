import ProcessIO

/// What a peer asked for while it did not read the answers it has: it waits here, in order, instead of making more of
/// them.
struct HeldRequests {
    enum Request {
        case call(any IncomingWork, CallID)
        case health(CallID)
        /// A call that is not to be started; the answer says why.
        case refused(CallID, Failure)
    }

    private(set) var requests: [Request] = []
    var calls: [(work: any IncomingWork, id: CallID)] {
        requests.compactMap { if case .call(let work, let id) = $0 { (work, id) } else { nil } }
    }
    /// The last one is enough: its pong says that the loop is alive.
    private(set) var ping: FrameNumbers?

    mutating func hold(_ request: Request) throws(ProtocolViolation) {
        guard requests.count < Limits.requestsHeld else { throw .tooManyCalls(limit: Limits.requestsHeld) }
        requests.append(request)
    }

    mutating func hold(ping numbers: FrameNumbers) { ping = numbers }
}
