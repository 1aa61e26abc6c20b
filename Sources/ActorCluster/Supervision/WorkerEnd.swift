/// The end of one process, which is seen twice: its pipe ends, and the process does.
///
/// Whichever comes first, the order of what is told is fixed: all that it has sent, then that its pipe has ended,
/// then that the process has; each once.
package struct WorkerEnd: Equatable, Sendable {
    package enum Action: Equatable, Sendable {
        /// All that is in the pipe is to be delivered; then the pipe has ended.
        case readToEnd
        case disconnected(intentional: Bool)
        /// The exit status is due any moment. If it is late, it is not waited for.
        case awaitStatus
        /// Calls that it has not answered fail so.
        case failCalls(ExitStatus)
        case exited(ExitStatus, intentional: Bool, forced: Bool)
    }

    private var isPipeOpen = true
    private var haveCallsFailed = false
    private var status: ExitStatus?
    private var isAsked = false
    private var willBeReplaced = false
    /// The hardest that we have done to it.
    private var stage: ShutdownPlan.Stage?

    package init() {}

    /// It has been made to leave.
    package mutating func stop(_ stage: ShutdownPlan.Stage) {
        if stage == .drain { isAsked = true }
        self.stage = max(self.stage ?? stage, stage)
    }

    /// Another process will take its place.
    package mutating func isReplaced() { willBeReplaced = true }

    /// What those are told who watch it.
    package func termination(of worker: WorkerID, _ status: ExitStatus) -> Termination {
        let reason: Termination.Reason =
            switch status {
            case .unknown: .unreachable
            case _ where willBeReplaced: .replaced
            case .code: .exited
            case .signal: .killed
            }
        return Termination(worker, reason, status, intentional: isIntentional)
    }

    /// It leaves of its own wish, and has said so.
    package mutating func leaves() { isAsked = true }

    package mutating func pipeEnded() -> [Action] {
        guard isPipeOpen else { return [] }
        isPipeOpen = false
        return [.disconnected(intentional: isIntentional)] + (status == nil ? [.awaitStatus] : finish())
    }

    package mutating func statusIsLate() -> [Action] {
        guard !isPipeOpen, !haveCallsFailed else { return [] }
        haveCallsFailed = true
        return [.failCalls(.unknown)]
    }

    package mutating func processEnded(_ status: ExitStatus) -> [Action] {
        guard self.status == nil else { return [] }
        self.status = status
        return isPipeOpen ? [.readToEnd] : finish()
    }

    private mutating func finish() -> [Action] {
        guard let status else { return [] }
        let calls = haveCallsFailed ? [] : [Action.failCalls(status)]
        haveCallsFailed = true
        return calls + [.exited(status, intentional: isIntentional, forced: isForced)]
    }

    /// Asked to leave: by us, by itself, or by an operator.
    private var isIntentional: Bool { isAsked || stage == nil && status == Self.terminated }

    /// We ended it, or it cut itself off when its time was over. One that leaves in order may get SIGTERM on its way
    /// out, and somebody else may have been faster.
    private var isForced: Bool {
        switch stage {
        case .kill where status == Self.killed, .kill where status == Self.terminated: true
        case .terminate where status == Self.terminated: true
        default: isAsked && status == Self.drainLimitPassed
        }
    }

    private static let terminated = ExitStatus.signal(15)
    private static let killed = ExitStatus.signal(9)
    private static let drainLimitPassed = ExitStatus.code(1)
}
