package import ProcessIO

/// Whether one worker is well: its pings and pongs, the primary's own lateness and the time in, what to think of it
/// out.
///
/// Silence is counted from the oldest ping that has no answer. A wake-up that comes late by more than
/// `Limits.loopLag` says something of the primary and nothing of the worker, so silence begins anew then.
package struct WorkerHealth: Equatable, Sendable {
    package enum Finding: Equatable, Sendable {
        case suspect
        case recovered
        /// It has not answered for so long. The last finding, as all that follow.
        case unresponsive(Duration)
        /// Its threads have started no waiting work for so long.
        case stalled(Duration)
        /// Its root actor's own check has taken so long.
        case checkLate(Duration)
        /// The same has thrown so often running.
        case checkFailed(times: UInt64)
    }

    private let policy: HealthPolicy
    private var heartbeat = Heartbeat()
    private var nextPing: Instant
    private var nextCheck: Instant
    /// `nil`: every ping has been answered.
    private var silentSince: Instant?
    private var isSuspect = false
    /// It has to go; nothing more is found.
    private var isOver = false
    /// Calls of the primary that it has ended, as it said last.
    package private(set) var callsServed: UInt64 = 0

    /// The first ping is due at once.
    package init(_ policy: HealthPolicy, at now: Instant) {
        self.policy = policy
        nextPing = now
        nextCheck = now + policy.checkEvery
    }

    /// When `tick` has something to do next.
    package var nextDeadline: Instant? {
        guard !isOver else { return nil }
        guard let silentSince else { return nextPing }
        return min(nextPing, silentSince + (isSuspect ? policy.unresponsiveAfter : policy.suspectAfter))
    }

    /// A ping that is due, and what the time alone tells.
    package mutating func tick(at now: Instant) -> (ping: Ping?, finding: Finding?) {
        guard let due = nextDeadline, due <= now else { return (nil, nil) }
        if now - due > Limits.loopLag, silentSince != nil { silentSince = now }
        let finding = judge(at: now)
        guard !isOver, nextPing <= now else { return (nil, finding) }
        return (ping(at: now), finding)
    }

    /// What its answer tells. Throws when it answers what it was not asked.
    package mutating func received(_ pong: Pong, at now: Instant) throws(ProtocolViolation) -> [Finding] {
        try heartbeat.pong(pong.number, at: now)
        guard !isOver else { return [] }
        callsServed = pong.callsServed
        silentSince = heartbeat.isAnswered ? nil : now
        var findings: [Finding] = []
        if isSuspect {
            isSuspect = false
            findings.append(.recovered)
        }
        if let finding = judge(pong) {
            isOver = true
            findings.append(finding)
        }
        return findings
    }

    private mutating func ping(at now: Instant) -> Ping {
        let asksRoot = nextCheck <= now
        if asksRoot { nextCheck = now + policy.checkEvery }
        let onTime = nextPing + policy.every
        nextPing = onTime > now ? onTime : now + policy.every
        silentSince = silentSince ?? now
        return Ping(number: heartbeat.ping(at: now), every: policy.every, asksRoot: asksRoot)
    }

    private mutating func judge(at now: Instant) -> Finding? {
        guard let silentSince else { return nil }
        let silence = now - silentSince
        if silence >= policy.unresponsiveAfter {
            isOver = true
            return .unresponsive(silence)
        }
        guard silence >= policy.suspectAfter, !isSuspect else { return nil }
        isSuspect = true
        return .suspect
    }

    private func judge(_ pong: Pong) -> Finding? {
        if pong.executorWait >= policy.stalledAfter { return .stalled(pong.executorWait) }
        if pong.checkTime >= policy.checkLimit { return .checkLate(pong.checkTime) }
        if pong.checkFailures >= UInt64(policy.checkFailures) { return .checkFailed(times: pong.checkFailures) }
        return nil
    }
}

/// What the primary asks a worker with each ping.
package struct Ping: Equatable, Sendable {
    package var number: UInt64
    /// Until the next one. A worker that finds much more time gone by has stood still itself.
    package var every: Duration
    /// Its root actor is to be asked how it is.
    package var asksRoot: Bool

    package init(number: UInt64, every: Duration = .zero, asksRoot: Bool = false) {
        self.number = number
        self.every = every
        self.asksRoot = asksRoot
    }

    init(_ numbers: FrameNumbers) {
        self.init(
            number: numbers.first, every: .nanoseconds(Int64(clamping: numbers.second)), asksRoot: numbers.third != 0)
    }

    package var numbers: FrameNumbers {
        FrameNumbers(number, UInt64(max(0, every.wholeNanoseconds)), asksRoot ? 1 : 0)
    }
}

/// What a worker says of itself with each pong. Times are those that it was not stopped itself.
package struct Pong: Equatable, Sendable {
    package var number: UInt64
    /// How long work has been waiting for a thread while none was started.
    package var executorWait = Duration.zero
    /// How long the root actor has been thinking about how it is.
    package var checkTime = Duration.zero
    /// How often running it has thrown.
    package var checkFailures: UInt64 = 0
    package var callsServed: UInt64 = 0

    package init(number: UInt64) { self.number = number }

    init(_ numbers: FrameNumbers) {
        number = numbers.first
        executorWait = .nanoseconds(Int64(clamping: numbers.second))
        checkTime = .nanoseconds(Int64(clamping: numbers.third))
        checkFailures = numbers.fourth
        callsServed = numbers.fifth
    }

    package var numbers: FrameNumbers {
        FrameNumbers(
            number, UInt64(max(0, executorWait.wholeNanoseconds)), UInt64(max(0, checkTime.wholeNanoseconds)),
            checkFailures, callsServed)
    }
}
