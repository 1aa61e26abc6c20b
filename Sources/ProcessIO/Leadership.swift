import Synchronization

/// Which thread leads the event loop, and what it is doing, in one atomic word.
///
/// Only the leader changes the phase, and only the watcher changes the leader. So there are four moves: the leader
/// begins and ends a job or says that it sleeps, and the watcher takes the lead from a job or gives it away. Whoever
/// lost the lead learns it when its job ends.
struct Leadership: ~Copyable {
    enum Phase: UInt64 {
        /// Looking after descriptors, timers and work: short, and never interrupted.
        case turning
        /// Inside code of the program, which may block.
        case job
        /// In the poller, until something happens.
        case asleep
    }

    /// 48 bits that count jobs and changes of the lead, 8 for the phase, 8 for the leader.
    struct State: Equatable {
        fileprivate let bits: UInt64

        var leader: Int { Int(bits & 0xff) }
        var isInJob: Bool { bits & 0xff00 == Phase.job.rawValue << 8 }
        var isAsleep: Bool { bits & 0xff00 == Phase.asleep.rawValue << 8 }
        /// Different for each job.
        var epoch: UInt64 { bits >> 16 }
        var nextEpoch: UInt64 { next.epoch }

        fileprivate func at(_ phase: Phase) -> State { State(bits: bits & ~0xff00 | phase.rawValue << 8) }
        fileprivate func led(by thread: Int) -> State { State(bits: bits & ~0xffff | UInt64(thread)).next }
        fileprivate var next: State { State(bits: bits &+ 0x10000) }
    }

    /// More would not fit the word.
    static let mostThreads = 255

    private let word: Atomic<UInt64>

    init(leader: Int) { word = Atomic(UInt64(leader)) }

    var now: State { State(bits: word.load(ordering: .acquiring)) }

    // MARK: The leader's

    func beginJob() -> State {
        let state = State(bits: word.load(ordering: .relaxed)).at(.job).next
        word.store(state.bits, ordering: .releasing)
        return state
    }

    /// False: the lead was lost while the job ran, and nothing of the loop's may be touched any more.
    func endJob(_ job: State) -> Bool {
        word.compareExchange(
            expected: job.bits, desired: job.at(.turning).bits, ordering: .acquiringAndReleasing
        ).exchanged
    }

    func enter(_ phase: Phase) {
        word.store(
            State(bits: word.load(ordering: .relaxed)).at(phase).bits, ordering: .sequentiallyConsistent)
    }

    // MARK: The watcher's

    /// Takes the lead away from a thread that is still in the job it was seen in.
    func take(from seen: State, for thread: Int) -> Bool {
        word.compareExchange(
            expected: seen.bits, desired: seen.led(by: thread).at(.turning).bits, ordering: .acquiringAndReleasing
        ).exchanged
    }

    /// Passes its own lead on.
    func give(to thread: Int) {
        word.store(State(bits: word.load(ordering: .relaxed)).led(by: thread).bits, ordering: .releasing)
    }

    /// Whether the leader sleeps, ordered with what either side has said before.
    var isAsleep: Bool { State(bits: word.load(ordering: .sequentiallyConsistent)).isAsleep }
}
