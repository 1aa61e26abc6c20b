import ActorClusterTesting
import ProcessIO

@testable import ActorCluster

/// What all pools of a simulation share: chance, a clock of its own, and what is going to happen. Everything follows
/// from the seed.
struct SimulatedWorld {
    enum Happening {
        /// A process does something, or something is seen of it.
        case event(pool: Int, incarnation: UInt64, Supervision.Event)
        /// Somebody wants something, or the machine stands still for a while.
        case whim
    }

    /// Of a worker's health: its pong has come, or it is to be looked after. Pongs are read before timers run.
    struct Pulse {
        let pool: Int
        let incarnation: UInt64
        let isPong: Bool
    }

    var generator: SeededGenerator
    /// Put in on purpose, to see whether it is found.
    let defect: SimulatedDefect?
    var now = Instant.zero
    /// Time in which nothing could be done.
    private(set) var paused = Duration.zero
    /// The end of the last pause that a round of pings can notice, in time that was there to do something.
    private(set) var lastPause = Duration.zero
    /// The end of the last one that it cannot miss.
    private(set) var lastLongPause = Instant.zero
    /// How often what was found and done for the health of workers.
    private(set) var findings = SimulatedFindings()
    var lastIncarnation: UInt64 = 0
    /// What should never have been.
    private(set) var wrong: [String] = []
    private var agenda = TimerHeap<Int>()
    private var happenings: [Happening] = []
    private var pulses = TimerHeap<Int>()
    private var pulseList: [Pulse] = []

    init(seed: UInt64, defect: SimulatedDefect?) {
        generator = SeededGenerator(seed: seed)
        self.defect = defect
    }

    var next: Instant? { agenda.next }

    /// Time that was there to do something.
    var time: Duration { now - .zero - paused }

    mutating func plan(_ happening: Happening, at moment: Instant) {
        agenda.insert(happenings.count, at: moment)
        happenings.append(happening)
    }

    mutating func takeNext() -> Happening? { agenda.popExpired(at: now).map { happenings[$0] } }

    var nextPulse: Instant? { pulses.next }

    mutating func plan(_ pulse: Pulse, at moment: Instant) {
        pulses.insert(pulseList.count, at: moment)
        pulseList.append(pulse)
    }

    mutating func takePulse() -> Pulse? { pulses.popExpired(at: now).map { pulseList[$0] } }

    /// Nothing can be done for a while.
    mutating func pause(_ duration: Duration) {
        now = now + duration
        paused += duration
        if duration > Limits.loopLag { lastPause = time }
        if duration > Limits.loopLag + HealthPolicy().every { lastLongPause = now }
    }

    mutating func count(_ finding: WorkerHealth.Finding) { findings.count(finding) }
    mutating func count(_ reason: Turnover.Reason) { findings.count(reason) }
    mutating func count(_ turn: SimulatedReload.Turn) { findings.count(turn) }

    mutating func check(_ holds: Bool, _ what: @autoclosure () -> String) {
        if !holds { wrong.append("\(what()), at \(now - .zero)") }
    }

    mutating func chance(_ percent: Int) -> Bool { generator.below(100) < percent }

    mutating func span(_ milliseconds: ClosedRange<Int>) -> Duration {
        .milliseconds(milliseconds.lowerBound + generator.below(milliseconds.count))
    }

    /// In 0..<1.
    mutating func fraction() -> Double { Double(generator.below(1 << 20)) / Double(1 << 20) }
}

/// Faults of the kinds that the rules could have. The simulation has to find each.
enum SimulatedDefect: String, CaseIterable, Sendable {
    case exitIsNotHeard, pauseNeverEnds, oneRestartTooMany, noBackoff, restartsAfterExit0, startHasNoLimit
    case spawnsTwice, keepsRouting, planStandsStill, noSIGKILL, forgetsWaiters, keepsRemovedSlots, startsBeforeHalted
    case forgetsToStart, fillsStoppedSlot
    case lateRoundsBlame, staysSuspect, hangIsNotTold, looksOnce, forgetsTurn, replacementIsFailure
    case lateReadyCounts, keepsTurns, asksRootEarly, asksRootLate
    case settlesAtOnce, surgesTooMuch, outgoingIsNotHeard, keepsOldRouting, restartsWrongBuild, drainsFirst
    case turnsOverInReload
}

/// So that it can be seen that nothing of it is missing.
struct SimulatedFindings {
    private(set) var counts: [String: Int] = [:]
    private(set) var total = 0

    mutating func count(_ finding: WorkerHealth.Finding) {
        switch finding {
        case .suspect: add("suspect")
        case .recovered: add("recovered")
        case .unresponsive: add("unresponsive")
        case .stalled: add("stalled")
        case .checkLate: add("checkLate")
        case .checkFailed: add("checkFailed")
        }
    }

    mutating func count(_ reason: Turnover.Reason) {
        switch reason {
        case .memory: add("memory")
        case .age: add("age")
        case .calls: add("calls")
        }
    }

    mutating func count(_ turn: SimulatedReload.Turn) { add(turn.rawValue) }

    mutating func add(_ other: SimulatedFindings) { counts.merge(other.counts, uniquingKeysWith: +) }

    private mutating func add(_ name: String) {
        counts[name, default: 0] += 1
        total += 1
    }

    static let all =
        [
            "suspect", "recovered", "unresponsive", "stalled", "checkLate", "checkFailed", "memory", "age", "calls",
        ] + SimulatedReload.Turn.allCases.map(\.rawValue)
}
