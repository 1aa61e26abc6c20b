import ProcessIO

/// The order of a reload: which slots are being given another build, which are next, and, once a replacement has
/// failed, which go back and in which order.
///
/// A slot's turn is `starting`, `settling`, `emptying`, and then over; at most `surge` slots have theirs at once, so
/// that there are no more than so many processes beside those of the slots.
struct ReloadPlan: Equatable, Sendable {
    enum Step: Equatable, Sendable {
        /// The process that is to fill the slot is starting.
        case starting
        /// It is ready, has the slot, and must stay well for so long.
        case settling(until: Instant)
        /// The other one is leaving.
        case emptying
        /// On the way back: the build that was there before has not started. It is tried again then.
        case pausing(until: Instant)
    }

    /// Why a reload is being undone.
    struct Failure: Equatable, Sendable {
        let worker: WorkerID
        /// `nil`: its process has not ended yet, and its last words are not known.
        var reason: String?
        /// What was seen of it before its end.
        var sign: String?
    }

    let old: Int
    let new: Int
    let settle: Duration
    private let surge: Int
    /// Slots whose turn is still to come.
    private var line: [Int]
    /// Slots that have had or have their turn on the way forth.
    private(set) var begun: [Int] = []
    private(set) var steps: [Int: Step] = [:]
    var failure: Failure?
    private var attempts: [Int: Int] = [:]
    /// Why slots could not go back.
    private var stuck: [Int: String] = [:]

    init(from old: Int, to new: Int, slots: Int, surge: Int, settle: Duration) {
        self.old = old
        self.new = new
        self.surge = surge
        self.settle = settle
        line = Array(0..<slots)
    }

    /// The build that slots are being given.
    var target: Int { failure == nil ? new : old }

    /// Whether all has been done, and, of a failure, all is known.
    var isOver: Bool {
        guard line.isEmpty, steps.isEmpty else { return false }
        return failure.map { $0.reason != nil } ?? true
    }

    var nextDeadline: Instant? {
        steps.values.compactMap { step in
            switch step {
            case .settling(let until), .pausing(let until): until
            case .starting, .emptying: nil
            }
        }.min()
    }

    /// Why it was undone, once all is known.
    var error: ClusterError? {
        guard let failure else { return nil }
        let rest = stuck.keys.sorted().map {
            "\n  slot \($0) keeps the new build until its process ends: \(stuck[$0] ?? "")"
        }
        return .reloadFailed(failure.worker, (failure.reason ?? "") + rest.joined())
    }

    // MARK: Turns

    /// The slot whose turn begins now.
    mutating func takeNext() -> Int? {
        guard steps.count < surge, let place = line.firstIndex(where: { steps[$0] == nil }) else { return nil }
        let slot = line.remove(at: place)
        steps[slot] = .starting
        if failure == nil { begun.append(slot) }
        return slot
    }

    /// Another process of the slot is to be waited for.
    mutating func restarts(_ slot: Int) { steps[slot] = .starting }

    mutating func settles(_ slot: Int, at now: Instant) { steps[slot] = .settling(until: now + settle) }

    mutating func empties(_ slot: Int) { steps[slot] = .emptying }

    mutating func ends(_ slot: Int) { steps[slot] = nil }

    func isSettling(_ slot: Int) -> Bool { if case .settling? = steps[slot] { true } else { false } }

    // MARK: The way back

    /// A replacement has failed: those whose turn has begun go back, the last first.
    mutating func turnBack(_ worker: WorkerID, _ sign: String?) {
        failure = Failure(worker: worker, sign: sign)
        line = begun.reversed()
    }

    /// A process of the build that was there before has not got ready. After some attempts the slot is left alone.
    mutating func attemptFailed(_ slot: Int, _ reason: String, at now: Instant) {
        attempts[slot, default: 0] += 1
        let count = attempts[slot, default: 0]
        if count < Limits.returnAttempts {
            steps[slot] = .pausing(until: now + Backoff().pause(afterFailures: count, chance: 0))
        } else {
            stuck[slot] = reason
            steps[slot] = .emptying
        }
    }
}
