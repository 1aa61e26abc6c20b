import ActorCluster
import ActorClusterTesting
import ProcessIO

/// What all pools of a simulation share: chance, a clock of its own, and what is going to happen. Everything follows from
/// the seed.
struct SimulatedWorld {
    enum Happening {
        /// A process does something, or something is seen of it.
        case event(pool: Int, incarnation: UInt64, Supervision.Event)
        /// Somebody wants something, or the machine stands still for a while.
        case whim
    }

    var generator: SeededGenerator
    /// Put in on purpose, to see whether it is found.
    let defect: SimulatedDefect?
    var now = Instant.zero
    /// Time in which nothing could be done.
    var paused = Duration.zero
    var lastIncarnation: UInt64 = 0
    /// What should never have been.
    private(set) var wrong: [String] = []
    private var agenda = TimerHeap<Int>()
    private var happenings: [Happening] = []

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
}
