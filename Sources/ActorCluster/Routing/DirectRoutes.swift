package import ProcessIO

/// In a worker: how far the way to each other worker has come, from the first call that the primary passes on to a pipe
/// of their own.
///
/// Calls are passed on until the pipe is there and its other end has said hello. Then new calls wait at the pipe, while
/// a question follows those that the primary has; when it is answered they have all begun, and the pipe takes calls.
package struct DirectRoutes: Equatable, Sendable {
    package enum Wish: Equatable, Sendable {
        /// The primary is to be asked.
        case ask
        /// There is a pipe, by its number.
        case use(UInt64)
    }

    package enum Ending: Equatable, Sendable {
        /// No call of this process has gone through it.
        case unused
        /// Calls that it has not answered fail when it is known how the other process has ended. New ones go by way of
        /// the primary.
        case used
        /// The same, but new ones wait, too: the other process may still read what this one has written.
        case broken
    }

    fileprivate enum Phase: Equatable {
        /// The primary is not to be asked before.
        case apart(until: Instant)
        case asked
        /// The other end has not said hello.
        case met(UInt64)
        /// It can be used, but not before.
        case greeted(UInt64, from: Instant)
        /// Calls wait at it.
        case switching(UInt64)
        case direct(UInt64)
        /// Calls wait for how the other process has ended.
        case ended(UInt64)
    }

    fileprivate struct Entry: Equatable {
        var phase: Phase
        /// There was a call.
        var isWanted = false
        /// Until the next attempt; grows with each that fails.
        var pause = Limits.introductionPauses.lowerBound
    }

    private let remembered: Int
    private var entries: [UInt64: Entry] = [:]
    private var isClosed = false
    /// Ends that came while this process had as many descriptors as it may.
    package private(set) var lostEnds: UInt64 = 0

    package init(remembered: Int = Limits.processesApart) { self.remembered = remembered }

    /// Pipes through which calls of this process go, or wait to go.
    package var usedCount: Int { entries.values.count { $0.phase.isUsed } }
    package var isEmpty: Bool { entries.isEmpty }
    package var count: Int { entries.count }

    /// There is a call to another process for which there is no pipe.
    package mutating func wanted(_ process: UInt64, at now: Instant) -> Wish? {
        guard !isClosed else { return nil }
        forgetSome()
        var entry = entries[process] ?? Entry(phase: .apart(until: now))
        defer { entries[process] = entry }
        switch entry.phase {
        case .apart(let moment) where moment <= now:
            (entry.phase, entry.isWanted) = (.asked, true)
            return .ask
        case .greeted(let number, let moment) where moment <= now && !entry.isWanted:
            entry.isWanted = true
            return .use(number)
        case .met:
            entry.isWanted = true
            return nil
        case .apart, .asked, .greeted, .switching, .direct, .ended: return nil
        }
    }

    /// The primary has sent an end. False: it is to be given up.
    package mutating func introduced(to process: UInt64, number: UInt64, isLost: Bool, at now: Instant) -> Bool {
        if isLost { lostEnds += 1 }
        var entry = entries[process] ?? Entry(phase: .apart(until: now))
        switch entry.phase {
        case .apart, .asked: break
        // Its other end is gone, which will be seen in a moment.
        case .met, .greeted, .switching, .direct, .ended: return false
        }
        if isLost || isClosed {
            entry.waitLonger(from: now)
        } else {
            entry.phase = .met(number)
        }
        entries[process] = entry
        return !isLost && !isClosed
    }

    /// The primary does not introduce them, `forGood` or for the moment.
    package mutating func refused(_ process: UInt64, forGood: Bool, at now: Instant) {
        guard entries[process]?.phase == .asked else { return }
        entries[process]?.waitLonger(from: now)
        if forGood { entries[process]?.phase = .apart(until: .distantFuture) }
    }

    /// The other end has said hello. True: calls are to be switched over to the pipe.
    package mutating func greeted(_ process: UInt64, number: UInt64) -> Bool {
        guard let entry = entries[process], entry.phase == .met(number) else { return false }
        entries[process]?.phase = .greeted(number, from: .zero)
        return entry.isWanted
    }

    /// From now on calls wait at the pipe. False: it is too late.
    package mutating func switches(_ process: UInt64, number: UInt64) -> Bool {
        guard !isClosed, case .greeted(number, _)? = entries[process]?.phase else { return false }
        entries[process]?.phase = .switching(number)
        return true
    }

    /// All that went by way of the primary is there. False: it is too late.
    package mutating func reached(_ process: UInt64, number: UInt64) -> Bool {
        guard entries[process]?.phase == .switching(number) else { return false }
        entries[process] = Entry(phase: .direct(number), isWanted: true)
        return true
    }

    /// The other process could not be asked whether it is. True: calls go by way of the primary again.
    package mutating func notReached(_ process: UInt64, number: UInt64, at now: Instant) -> Bool {
        guard var entry = entries[process], entry.phase == .switching(number) else { return false }
        (entry.phase, entry.isWanted) = (.greeted(number, from: now + entry.lengthenPause()), false)
        entries[process] = entry
        return true
    }

    /// The pipe has ended: at its other end, or here, because what came through it was wrong.
    package mutating func ended(_ process: UInt64, number: UInt64, isBroken: Bool, at now: Instant) -> Ending {
        guard var entry = entries[process], entry.phase.number == number else { return .unused }
        let isUsed = entry.phase.isUsed
        if isUsed, isBroken { entry.phase = .ended(number) } else { entry.waitLonger(from: now) }
        entries[process] = isUsed || entry.isWanted ? entry : nil
        return isUsed ? isBroken ? .broken : .used : .unused
    }

    /// It is known how the process of a broken pipe did, or that it is not to be known: calls go by way of the primary
    /// again.
    package mutating func closed(_ process: UInt64, number: UInt64, at now: Instant) {
        if entries[process]?.phase == .ended(number) { entries[process]?.waitLonger(from: now) }
    }

    /// This process leaves: there will be no new pipes.
    package mutating func close() { isClosed = true }

    /// A process that is gone has no end here; asking for it once more does no harm.
    private mutating func forgetSome() {
        guard entries.count >= remembered else { return }
        entries = entries.filter { if case .apart = $0.value.phase { false } else { true } }
    }
}

extension DirectRoutes.Entry {
    fileprivate mutating func waitLonger(from now: Instant) {
        phase = .apart(until: now + lengthenPause())
    }

    fileprivate mutating func lengthenPause() -> Duration {
        defer { pause = min(pause * 2, Limits.introductionPauses.upperBound) }
        return pause
    }
}

extension DirectRoutes.Phase {
    fileprivate var number: UInt64? {
        switch self {
        case .apart, .asked: nil
        case .met(let number), .greeted(let number, _), .switching(let number), .direct(let number),
            .ended(let number):
            number
        }
    }

    fileprivate var isUsed: Bool {
        switch self {
        case .switching, .direct: true
        case .apart, .asked, .met, .greeted, .ended: false
        }
    }
}
