/// How a worker process comes to leave: by wish of the primary or of an operator, and in a hurry once its time is over.
package struct WorkerDeparture: Equatable, Sendable {
    package enum Action: Equatable, Sendable {
        /// The primary is to know that this worker takes no calls any more.
        case tellPrimary
        /// Take no new calls; when none runs, do the shutdown work and exit.
        case drain
        /// Cancel what runs, and exit within `Limits.orphanShutdown` whatever happens.
        case hurry
    }

    private var isDraining = false
    package private(set) var isHurried = false
    /// With which code it exits.
    package private(set) var exit = WorkerExit.asked

    package init() {}

    /// The primary has asked for it.
    package mutating func drainAsked() -> [Action] {
        defer { isDraining = true }
        return isDraining ? [] : [.drain]
    }

    /// SIGTERM. The first one of a worker that nobody has asked to leave is an operator's wish; one that comes while
    /// it drains says that its time is over.
    package mutating func terminated() -> [Action] {
        guard isDraining else {
            isDraining = true
            return [.tellPrimary, .drain]
        }
        if !isHurried { exit = .limitPassed }
        return hurry()
    }

    /// The pipe has ended.
    package mutating func primaryLost() -> [Action] { hurry() }

    private mutating func hurry() -> [Action] {
        defer { (isDraining, isHurried) = (true, true) }
        return isHurried ? [] : [.hurry]
    }
}
