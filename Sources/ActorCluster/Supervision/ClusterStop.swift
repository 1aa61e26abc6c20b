package import ProcessIO

/// How a whole cluster stops: its pools one after another, the last started first, then its body; and when that is
/// forced.
///
/// It goes from running to its pools, from there to its body, and to its end; or, forced, to the end of the process.
package struct ClusterStop: Equatable, Sendable {
    package enum Cause: Equatable, Sendable {
        /// SIGTERM or SIGINT. The process is meant, so it may be ended by force.
        case signal
        /// `shutDown`, the end of the body or of the task that it runs in, a pool that gave up.
        case program
    }

    package enum Action: Equatable, Sendable {
        /// It has begun: nothing is started any more, and whoever waits for this goes on.
        case begin
        /// The pool that was started last of those that are left is to stop.
        case stopPool
        /// No worker is left: whoever asked for the stop goes on, and the body is cancelled.
        case cancelBody
        /// It is over.
        case end
        /// SIGKILL to every worker that is left.
        case kill
        /// The whole process is to be ended by force.
        case forceExit
    }

    private enum Phase: Equatable {
        case running
        case pools
        case body
        case over
        case forced
    }

    private let limit: Duration
    private var phase = Phase.running
    package private(set) var isBodyOver = false
    private var isForTheProcess = false
    private var deadline: Instant?

    /// `limit` is for all of it.
    package init(limit: Duration) { self.limit = limit }

    package var isForced: Bool { phase == .forced }

    /// When `tick` has something to do next.
    package var nextDeadline: Instant? { deadline }

    /// It is to stop. A first signal makes a stop that is under way one of the process; a second one ends its patience.
    package mutating func asked(by cause: Cause, pools: Int, at now: Instant) -> [Action] {
        let isSecondSignal = cause == .signal && isForTheProcess
        if cause == .signal { isForTheProcess = true }
        switch phase {
        case .over, .forced: return []
        case .running:
            deadline = now + limit
            return [.begin] + stopNext(of: pools)
        case .pools, .body:
            // Its limit has passed already, and workers are not what it waits for.
            let isLate = cause == .signal && deadline == nil
            return isSecondSignal || isLate ? force() : []
        }
    }

    /// A pool has stopped; so many are left.
    package mutating func poolStopped(left: Int) -> [Action] {
        guard case .pools = phase else { return [] }
        return stopNext(of: left)
    }

    package mutating func bodyEnded(pools: Int, at now: Instant) -> [Action] {
        isBodyOver = true
        switch phase {
        case .running: return asked(by: .program, pools: pools, at: now)
        case .body: return end()
        case .pools, .over, .forced: return []
        }
    }

    package mutating func tick(at now: Instant) -> [Action] {
        guard let deadline, deadline <= now else { return [] }
        self.deadline = nil
        switch phase {
        case .pools, .body: return isForTheProcess ? force() : [.kill]
        case .running, .over, .forced: return []
        }
    }

    /// The process ends, whoever wants that: no worker may be left.
    package mutating func processEnds() -> [Action] {
        guard phase != .over, phase != .forced else { return [] }
        defer { (phase, deadline) = (.forced, nil) }
        return phase == .running ? [.begin, .kill] : [.kill]
    }

    private mutating func force() -> [Action] { processEnds() + [.forceExit] }

    private mutating func stopNext(of pools: Int) -> [Action] {
        phase = .pools
        if pools > 0 { return [.stopPool] }
        phase = .body
        return [.cancelBody] + (isBodyOver ? end() : [])
    }

    private mutating func end() -> [Action] {
        phase = .over
        deadline = nil
        return [.end]
    }
}
