/// The calls of one peer that run in this process.
package struct RunningCalls<Task: Sendable>: Sendable {
    package enum Arrival: Equatable, Sendable {
        case start
        /// This process is about to leave.
        case refuse
    }

    private enum Entry {
        case starting(isCancelled: Bool)
        case running(Task)
    }

    private var calls: [CallID: Entry] = [:]
    private var highest: CallID = 0
    package private(set) var isDraining = false
    /// Calls that were started and have ended.
    package private(set) var served: UInt64 = 0

    package init() {}

    package var count: Int { calls.count }
    package var isDrained: Bool { isDraining && calls.isEmpty }

    /// A call has come. Its number must be new.
    package mutating func arrived(_ id: CallID) throws(ProtocolViolation) -> Arrival {
        guard id > 0, calls[id] == nil else { throw .repeatedCall(id) }
        if isDraining { return .refuse }
        highest = max(highest, id)
        calls[id] = .starting(isCancelled: false)
        return .start
    }

    /// The task that runs it. Returned when it is to be cancelled at once; a call that has ended already is left alone.
    package mutating func started(_ id: CallID, _ task: Task) -> Task? {
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
    package mutating func cancel(_ id: CallID) -> Task? {
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
    package mutating func close() -> [Task] {
        isDraining = true
        return calls.keys.sorted().compactMap { cancel($0) }
    }
}
