package import ProcessIO

/// What a worker measures of itself from ping to ping: how long work waits for a thread, and how its root actor's own
/// check goes.
///
/// Waits are counted in steps from one ping to the next. A step that took much longer than the primary meant it to,
/// because this process or the primary stood still, counts for nothing.
package struct Vitals: Equatable, Sendable {
    package enum Action: Equatable, Sendable {
        /// Work is to be given to a thread of the loop, and then to one of Swift's own.
        case probe
        /// The root actor is to be asked how it is.
        case askRoot
    }

    private enum Probe: Equatable {
        case loop(waited: Duration)
        case pool(waited: Duration)
    }

    private var lastPing: Instant?
    private var jobsBegun: UInt64 = 0
    /// The one that has not come through yet.
    private var probe: Probe?
    /// How long the root actor's check has been under way; `nil`: it is not.
    private var check: Duration?
    private var checkFailures: UInt64 = 0

    package init() {}

    /// `jobsBegun` counts what the loop's threads have started.
    package mutating func received(_ ping: Ping, jobsBegun: UInt64, at now: Instant) -> (Pong, [Action]) {
        advance(by: lastPing.map { now - $0 } ?? .zero, meant: ping.every)
        lastPing = now
        // As long as other work is started, that which waits will be.
        if case .loop = probe, jobsBegun != self.jobsBegun { probe = .loop(waited: .zero) }
        self.jobsBegun = jobsBegun
        var pong = Pong(number: ping.number)
        pong.checkTime = check ?? .zero
        pong.checkFailures = checkFailures
        var actions: [Action] = []
        switch probe {
        case .loop(let waited), .pool(let waited): pong.executorWait = waited
        case nil:
            probe = .loop(waited: .zero)
            actions.append(.probe)
        }
        if ping.asksRoot, check == nil { actions.append(.askRoot) }
        return (pong, actions)
    }

    /// A thread of the loop has taken the probe, which next waits for one of Swift's own.
    package mutating func probePassedLoop() { probe = .pool(waited: .zero) }
    package mutating func probePassed() { probe = nil }

    package mutating func checkBegan() { check = .zero }

    /// One that the primary did not count is nothing to judge by.
    package mutating func checkEnded(hasThrown: Bool) {
        guard check != nil else { return }
        check = nil
        checkFailures = hasThrown ? checkFailures + 1 : 0
    }

    private mutating func advance(by step: Duration, meant: Duration) {
        guard step <= meant + Limits.loopLag else { return }
        switch probe {
        case .loop(let waited): probe = .loop(waited: waited + step)
        case .pool(let waited): probe = .pool(waited: waited + step)
        case nil: break
        }
        check = check.map { $0 + step }
    }
}
