import ActorClusterTesting
import ProcessIO

@testable import ActorCluster

/// The health of one simulated worker from its hello until it is told to leave: the rules, what the worker answers,
/// and, found out apart from the rules, what may be said of it.
struct SimulatedHealth {
    var rules: WorkerHealth
    let worker: SimulatedWorker
    /// When the rules are to be ticked.
    var armed: Instant?

    // What it does.
    private let began: Duration
    private let policy = HealthPolicy()
    private var answers: [(number: UInt64, at: Instant)] = []
    private var stalledSince: Duration?
    private var checkBegan: Duration?
    private var checkFailures: UInt64 = 0

    // What is known of it.
    private var unanswered: [(number: UInt64, at: Instant, time: Duration)] = []
    /// When its root actor was asked last, or its first time began.
    private var asked: (at: Instant, time: Duration)
    private var lastPong: (at: Instant, time: Duration)?
    private(set) var reportedCalls: UInt64 = 0
    /// It has to be told to go by then.
    private(set) var mustGo: Duration?
    var isSuspect = false
    /// It is suspect, and was ready.
    var isShunned = false

    init(_ worker: SimulatedWorker, _ world: SimulatedWorld) {
        self.worker = worker
        rules = WorkerHealth(world.defect?.altered(policy) ?? policy, at: world.now)
        began = world.time
        asked = (world.now, world.time)
    }

    // MARK: What it does

    /// When its answer to a ping will be there, unless that is known already: a worker that wakes up answers the last
    /// ping.
    mutating func take(_ ping: Ping, _ world: SimulatedWorld) -> Instant? {
        unanswered.append((ping.number, world.now, world.time))
        suffer(ping, world)
        let moment = world.now + worker.delay
        var answer = moment
        if case .silent(let range) = worker.trouble, world.now < range.upperBound, moment >= range.lowerBound {
            answer = max(moment, range.upperBound)
            if range.upperBound == .distantFuture { return nil }
        }
        if let last = answers.indices.last, answers[last].at >= answer {
            answers[last].number = ping.number
            return nil
        }
        answers.append((ping.number, answer))
        return answer
    }

    /// Its trouble begins, or goes on.
    private mutating func suffer(_ ping: Ping, _ world: SimulatedWorld) {
        let every = Duration.seconds(11)
        let report = Duration.milliseconds(2_010) + worker.delay
        switch worker.trouble {
        case .stalled(let moment) where moment <= world.now:
            stalledSince = stalledSince ?? world.time
            mustGo = mustGo ?? world.time + .seconds(30) + report
        case .checkLate(let moment) where moment <= world.now:
            mustGo = mustGo ?? world.time + every + .seconds(30) + report
            if ping.asksRoot { checkBegan = checkBegan ?? world.time }
        case .checkThrows(let moment, let times) where moment <= world.now:
            if times >= 3 { mustGo = mustGo ?? world.time + every * 3 + report }
            if ping.asksRoot { checkFailures = checkFailures < times ? checkFailures + 1 : 0 }
        default: break
        }
    }

    /// What it says.
    mutating func answer(_ world: SimulatedWorld) -> Pong? {
        guard let first = answers.first, first.at <= world.now else { return nil }
        answers.removeFirst()
        var pong = Pong(number: first.number)
        pong.executorWait = stalledFor(world)
        pong.checkTime = checkTime(world)
        pong.checkFailures = checkFailures
        pong.callsServed = UInt64(max(0, (world.time - began).wholeNanoseconds / 1_000_000_000)) * worker.callsPerSecond
        unanswered.removeAll { $0.number <= pong.number }
        lastPong = (world.now, world.time)
        reportedCalls = pong.callsServed
        return pong
    }

    private func stalledFor(_ world: SimulatedWorld) -> Duration { stalledSince.map { world.time - $0 } ?? .zero }

    private func checkTime(_ world: SimulatedWorld) -> Duration { checkBegan.map { world.time - $0 } ?? .zero }

    // MARK: What may be asked and said of it

    /// Whether this ping asks no more than it may.
    mutating func isDue(_ ping: Ping, _ world: SimulatedWorld) -> Bool {
        guard ping.asksRoot else { return true }
        defer { asked = (world.now, world.time) }
        return world.now - asked.at >= policy.checkEvery
    }

    /// How long it has left a ping unanswered, at most. A pause of the machine that cannot be missed begins it anew.
    private func longestSilence(_ world: SimulatedWorld) -> Duration {
        guard let oldest = unanswered.first else { return .zero }
        return world.now - max(oldest.at, lastPong?.at ?? .zero, world.lastLongPause)
    }

    /// The same, at least: of time in which something could be done, since the last pause that could be noticed.
    private func shortestSilence(_ world: SimulatedWorld) -> Duration {
        guard let oldest = unanswered.first else { return .zero }
        return world.time - max(oldest.time, lastPong?.time ?? .zero, world.lastPause)
    }

    func isTrue(_ finding: WorkerHealth.Finding, _ world: SimulatedWorld) -> Bool {
        switch finding {
        case .suspect: !isSuspect && longestSilence(world) >= .seconds(3)
        case .recovered: isSuspect && lastPong?.at == world.now
        case .unresponsive: isSuspect && longestSilence(world) >= .seconds(10)
        case .stalled: stalledFor(world) >= .seconds(30)
        case .checkLate: checkTime(world) >= .seconds(30)
        case .checkFailed(let times): checkFailures >= 3 && times == checkFailures
        }
    }

    /// What should have been said of it long since.
    func isOverlooked(_ world: SimulatedWorld) -> String? {
        let silence = shortestSilence(world)
        if silence > .seconds(11) { return "it is silent and is not killed" }
        if silence > .seconds(4), !isSuspect { return "it is silent and not suspect" }
        if world.time - asked.time > policy.checkEvery + policy.every + .milliseconds(100) {
            return "its root actor is not asked"
        }
        if let mustGo, world.time > mustGo { return "it has \(worker.trouble) and may stay" }
        return nil
    }
}
