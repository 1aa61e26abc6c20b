/// The calls of one peer that run in this process.
package struct RunningCalls<Work: Sendable>: Sendable {
    package enum Arrival: Equatable, Sendable {
        case start
        /// This process is about to leave.
        case refuse
    }

    private enum Entry {
        case starting(isCancelled: Bool)
        case running(Work)
    }

    private let limit: Int
    private var calls: [CallID: Entry] = [:]
    package private(set) var isDraining = false
    /// Calls that were started and have ended.
    package private(set) var served: UInt64 = 0

    /// `limit`: as many calls as the peer may leave unanswered on its side.
    package init(limit: Int = Limits.callsInFlight) { self.limit = limit }

    package var count: Int { calls.count }
    package var isDrained: Bool { isDraining && calls.isEmpty }

    /// A call has come. Its number must be new, and there must not be more than a correct peer sends.
    package mutating func arrived(_ id: CallID) throws(ProtocolViolation) -> Arrival {
        guard id > 0, calls[id] == nil else { throw .repeatedCall(id) }
        if isDraining { return .refuse }
        guard calls.count < limit else { throw .tooManyCalls(limit: limit) }
        calls[id] = .starting(isCancelled: false)
        return .start
    }

    /// The task that runs it. Returned when it is to be cancelled at once; a call that has ended already is left alone.
    package mutating func started(_ id: CallID, _ task: Work) -> Work? {
        guard case .starting(let isCancelled)? = calls[id] else { return nil }
        calls[id] = .running(task)
        return isCancelled ? task : nil
    }

    /// The call is to be answered. False: it has been answered already.
    package mutating func finished(_ id: CallID) -> Bool {
        guard calls.removeValue(forKey: id) != nil else { return false }
        served += 1
        return true
    }

    /// The caller wants no answer any more. Returns the task to cancel; an unknown or finished call is left alone.
    package mutating func cancel(_ id: CallID) -> Work? {
        switch calls[id] {
        case .running(let task)?: return task
        case .starting?:
            calls[id] = .starting(isCancelled: true)
            return nil
        case nil: return nil
        }
    }

    /// New calls are refused from now on.
    package mutating func drain() { isDraining = true }

    /// The caller is gone: all tasks are to be cancelled.
    package mutating func close() -> [Work] {
        isDraining = true
        return calls.keys.sorted().compactMap { cancel($0) }
    }
}
