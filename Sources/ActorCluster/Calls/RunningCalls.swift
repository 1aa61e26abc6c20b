/// The calls of one peer that run in this process.
package struct RunningCalls<Work: Sendable>: Sendable {
    package enum Arrival: Equatable, Sendable {
        case start
        /// This process is about to leave.
        case refuse
        /// The caller has withdrawn it already.
        case cancelled
    }

    private enum Entry {
        case starting(isCancelled: Bool)
        case running(Work)
    }

    private let limit: Int
    private var calls = NumberTable<Entry>()
    /// The highest number that has come. Numbers rise, so one above it is of a call that has not come yet.
    private var highest: CallID = 0
    /// Numbers of calls that were cancelled before they came, the oldest first.
    private var cancelledEarly: [CallID] = []
    package private(set) var isDraining = false
    /// Nobody is told any more how calls end.
    package private(set) var isAbandoned = false
    /// Streams of this process that are being read: while it drains they are finished like calls.
    private var streams = 0
    /// Calls that were started and have ended.
    package private(set) var served: UInt64 = 0

    /// `limit`: as many calls as the peer may leave unanswered on its side.
    package init(limit: Int = Limits.callsInFlight) { self.limit = limit }

    package var count: Int { calls.count }
    /// Cancellations that are kept for calls which have not come.
    package var earlyCancellations: Int { cancelledEarly.count }
    package var isDrained: Bool { isDraining && !hasWork }
    /// Calls that have not ended, or streams that are read.
    package var hasWork: Bool { !calls.isEmpty || streams > 0 && !isAbandoned }

    /// A call has come. Its number must be new, and there must not be more than a correct peer sends.
    ///
    /// While calls finish, one that was made inside a running call is taken: one of those may be waiting for it.
    package mutating func arrived(_ id: CallID, isNested: Bool = false) throws(ProtocolViolation) -> Arrival {
        guard id > 0, !calls.contains(id), !ReceivedPosts.contains(id) else { throw .repeatedCall(id) }
        highest = max(highest, id)
        if let index = cancelledEarly.firstIndex(of: id) {
            cancelledEarly.remove(at: index)
            return .cancelled
        }
        if isDraining, !isNested || calls.isEmpty && streams == 0 || isAbandoned { return .refuse }
        guard calls.count < limit else { throw .tooManyCalls(limit: limit) }
        calls.insert(id, .starting(isCancelled: false))
        return .start
    }

    /// The same for a nested call that was to be refused, when calls of other peers run in this process.
    package mutating func arrivedBesideOthers(_ id: CallID) throws(ProtocolViolation) -> Arrival {
        guard !isAbandoned else { return .refuse }
        guard calls.count < limit else { throw .tooManyCalls(limit: limit) }
        calls.insert(id, .starting(isCancelled: false))
        return .start
    }

    /// A one-way call has come, by the number that this process has given it. False: it is not to be started.
    package mutating func postArrived(_ id: CallID) -> Bool {
        guard !isDraining else { return false }
        calls.insert(id, .starting(isCancelled: false))
        return true
    }

    /// A question has come that is answered at once; it has a number like a call, and need not be new.
    package mutating func passed(_ id: CallID) {
        highest = max(highest, id)
        cancelledEarly.removeAll { $0 == id }
    }

    /// The task that runs it. Returned when it is to be cancelled at once; a call that has ended already is left alone.
    package mutating func started(_ id: CallID, _ task: Work) -> Work? {
        guard case .starting(let isCancelled)? = calls[id] else { return nil }
        calls.insert(id, .running(task))
        return isCancelled ? task : nil
    }

    /// The call is to be answered. False: it has been answered already.
    package mutating func finished(_ id: CallID) -> Bool {
        guard calls.remove(id) != nil else { return false }
        served += 1
        return true
    }

    /// The call that has come will not be started.
    package mutating func dropped(_ id: CallID) { calls.remove(id) }

    /// The caller wants no answer any more. Returns the task to cancel; a finished call is left alone, and one that
    /// has not come yet will not be started.
    package mutating func cancel(_ id: CallID) -> Work? {
        switch calls[id] {
        case .running(let task)?: return task
        case .starting?:
            calls.insert(id, .starting(isCancelled: true))
            return nil
        case nil:
            if id > highest { rememberCancellation(of: id) }
            return nil
        }
    }

    /// No peer of this version cancels a call before it sends it, so there is nothing to be fast for.
    private mutating func rememberCancellation(of id: CallID) {
        guard !cancelledEarly.contains(id) else { return }
        if cancelledEarly.count == Limits.earlyCancellations { cancelledEarly.removeFirst() }
        cancelledEarly.append(id)
    }

    package mutating func streamBegan() { streams += 1 }
    package mutating func streamEnded() { streams -= 1 }

    /// New calls are refused from now on, but for those that are part of running ones.
    package mutating func drain() { isDraining = true }

    /// The caller is gone, or waits no longer: all tasks are to be cancelled.
    package mutating func abandon() -> [Work] {
        (isDraining, isAbandoned) = (true, true)
        return calls.keys.sorted().compactMap { cancel($0) }
    }
}
