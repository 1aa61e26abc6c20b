package import ProcessIO

/// Numbers the calls of one process to one peer, from 1; never used twice.
package typealias CallID = UInt64

/// The calls of this process that one peer has not answered: each ends exactly once.
///
/// A call is *waiting* while the peer has as many calls as it may or too many bytes are queued, *sending* when its
/// frame is queued, *written* when its last byte is. What ended at the caller but not yet at the peer keeps its
/// place.
package struct PendingCalls<Waiter: Sendable, Request: Sendable>: Sendable {
    package struct Bounds: Equatable, Sendable {
        package var inFlight = Limits.callsInFlight
        package var waiting = Limits.callsWaiting
        package var highMark = Limits.outboundHigh
        package var lowMark = Limits.outboundLow
        package init() {}
    }

    package enum Admission: Equatable, Sendable {
        case send
        case wait
        /// As many calls wait as may.
        case overloaded(waiting: Int)
    }

    /// A call that ended without an answer.
    package struct Ended: Sendable {
        package let id: CallID
        package let waiter: Waiter
        package let delivery: Delivery
        /// The peer has it or will get it, so it is to be told.
        package let isAtPeer: Bool
        /// All of its frame may be written, so telling the peer cannot overtake it.
        package let isWritten: Bool
    }

    private enum Phase {
        case waiting
        case sending
        case written
    }

    /// Of plain numbers only, as a rule: each call is copied in and out some times.
    private struct Entry {
        let waiter: Waiter
        let deadline: Instant
        let begun: Instant
        var phase: Phase
    }

    private let bounds: Bounds
    private var calls = NumberTable<Entry>()
    /// What calls that wait ask for.
    private var requests = NumberTable<Request>()
    /// In order of arrival; those that ended meanwhile are passed over.
    private var line = Queue<CallID>()
    /// Ended here, not yet answered there.
    private var abandoned: Set<CallID> = []
    /// Of those and the others, the ones that are no work for the peer's actors.
    private var urgent: Set<CallID> = []
    private var highest: CallID = 0
    private var isHeld = false
    /// The peer has said that it starts no more calls, and has answered those that it had started.
    private var startsNoMore = false

    /// What has become of all calls but urgent ones.
    package private(set) var statistics = CallStatistics()
    /// Replies that came after their call had ended.
    package var lateReplies: UInt64 { statistics.lateReplies }

    package init(bounds: Bounds = Bounds()) { self.bounds = bounds }

    /// Calls without an outcome.
    package var count: Int { calls.count }
    package var waiting: Int { requests.count }
    /// Calls the peer has, or is about to get.
    package var inFlight: Int { calls.count - waiting + abandoned.count }
    /// These and the calls that wait to be sent, but for urgent ones: the work that the peer has before it.
    package var load: Int { calls.count + abandoned.count - urgent.count }
    /// What is kept besides the calls: places in the line, those of ended calls included.
    package var bookkeeping: Int { line.count }

    // MARK: Beginning

    /// A new call. `wait`: `next` gives it when there is room. An urgent one goes whether there is or not, as long as
    /// there are no more than twice as many calls in flight as may be.
    package mutating func begin(
        _ id: CallID, _ waiter: Waiter, _ request: Request, deadline: Instant, queuedBytes: Int,
        isUrgent: Bool = false, at now: Instant = .zero
    ) -> Admission {
        let mayGo =
            isUrgent
            ? inFlight < 2 * bounds.inFlight : requests.isEmpty && hasRoom(queuedBytes: queuedBytes)
        if !mayGo, isUrgent || waiting >= bounds.waiting { return .overloaded(waiting: waiting) }
        highest = max(highest, id)
        if isUrgent { urgent.insert(id) } else { statistics.started += 1 }
        calls.insert(id, Entry(waiter: waiter, deadline: deadline, begun: now, phase: mayGo ? .sending : .waiting))
        if mayGo { return .send }
        line.append(id)
        requests.insert(id, request)
        return .wait
    }

    /// The next waiting call that may go now, in order of arrival.
    package mutating func next(queuedBytes: Int) -> (id: CallID, request: Request, deadline: Instant)? {
        guard !requests.isEmpty, hasRoom(queuedBytes: queuedBytes) else { return nil }
        while let id = line.removeFirst() {
            guard let request = requests.remove(id) else { continue }
            calls.update(id) { $0.phase = .sending }
            shortenLine()
            return (id, request, calls[id]?.deadline ?? .distantFuture)
        }
        return nil
    }

    /// The last byte of the call's frame is written, or may be: from now on it may have been executed.
    package mutating func written(_ id: CallID) {
        calls.update(id) { $0.phase = .written }
    }

    /// It turned out that the last byte has not been written yet.
    package mutating func notWritten(_ id: CallID) {
        calls.update(id) { $0.phase = .sending }
    }

    // MARK: Ending

    /// The peer has answered. `nil`: the call had ended before, and the answer is late. An answer to a call whose
    /// frame is not written is a violation, and the call goes on until it ends otherwise.
    package mutating func answered(
        _ id: CallID, isReply: Bool = true, at now: Instant = .zero
    ) throws(ProtocolViolation) -> Waiter? {
        if let entry = calls[id] {
            guard case .written = entry.phase else { throw .neverIssued(id) }
            calls.remove(id)
            if urgent.isEmpty || urgent.remove(id) == nil {
                statistics.answered(isReply: isReply, nanoseconds: now.nanoseconds(since: entry.begun))
            }
            return entry.waiter
        }
        guard id > 0, id <= highest else { throw .neverIssued(id) }
        abandoned.remove(id)
        urgent.remove(id)
        statistics.lateReplies += 1
        return nil
    }

    /// The caller's task was cancelled. `nil`: the call has ended already.
    package mutating func cancel(_ id: CallID) -> Ended? {
        let isCounted = !urgent.contains(id)
        let ended = end(id)
        if ended != nil, isCounted { statistics.cancelled += 1 }
        return ended
    }

    /// Ends all calls whose deadline has come, in the order of their numbers. Looks at every call: that is done when a
    /// deadline has passed, so that beginning and ending a call need no order of deadlines.
    package mutating func expire(at now: Instant) -> [Ended] {
        var expired: [CallID] = []
        calls.forEach { if $1.deadline <= now { expired.append($0) } }
        return expired.sorted().compactMap { id in
            if !urgent.contains(id) { statistics.timedOut += 1 }
            return end(id)
        }
    }

    /// The earliest deadline of a call without an outcome.
    package func nextDeadline() -> Instant? {
        var next = Instant.distantFuture
        calls.forEach { next = min(next, $1.deadline) }
        return next < .distantFuture ? next : nil
    }

    /// The peer takes no more calls like these: those that wait end, for they may go elsewhere.
    package mutating func endWaiting(where isOver: (Request) -> Bool) -> [Ended] {
        Array(line.all).compactMap { id in
            guard let request = requests[id], isOver(request) else { return nil }
            statistics.failed += 1
            return end(id)
        }
    }

    /// The peer starts no more calls. Those that it has not answered by now have not run, and will not.
    package mutating func peerStartsNoMore() { startsNoMore = true }

    /// The peer is gone: everything ends.
    package mutating func close() -> [Ended] {
        let ids = calls.keys.sorted()
        statistics.died += UInt64(ids.count { !urgent.contains($0) })
        let ended = ids.compactMap { end($0, isPeerGone: true) }
        self = PendingCalls(bounds: bounds, highest: highest, statistics: statistics)
        return ended
    }

    private init(bounds: Bounds, highest: CallID, statistics: CallStatistics) {
        self.bounds = bounds
        self.highest = highest
        self.statistics = statistics
    }

    /// What is queued will still be written unless the peer is gone, so a call that ends before may have been executed.
    private mutating func end(_ id: CallID, isPeerGone: Bool = false) -> Ended? {
        guard let entry = calls.remove(id) else { return nil }
        let (delivery, isWritten): (Delivery, Bool)
        switch entry.phase {
        case .waiting:
            requests.remove(id)
            shortenLine()
            return Ended(id: id, waiter: entry.waiter, delivery: .notSent, isAtPeer: false, isWritten: false)
        case .sending: (delivery, isWritten) = (isPeerGone || startsNoMore ? .notSent : .maybeExecuted, false)
        case .written: (delivery, isWritten) = (startsNoMore ? .notSent : .maybeExecuted, true)
        }
        abandoned.insert(id)
        return Ended(id: id, waiter: entry.waiter, delivery: delivery, isAtPeer: true, isWritten: isWritten)
    }

    private mutating func hasRoom(queuedBytes: Int) -> Bool {
        isHeld = queuedBytes > (isHeld ? bounds.lowMark : bounds.highMark)
        return !isHeld && inFlight < bounds.inFlight
    }

    private mutating func shortenLine() {
        guard line.count > 2 * waiting + 64 else { return }
        let requests = requests
        line.removeAll { !requests.contains($0) }
    }
}
