package import ProcessIO

/// How workers are made to leave: asked to drain, then SIGTERM, then SIGKILL, all of them at once.
package struct ShutdownPlan: Equatable, Sendable {
    package enum Stage: Int, Comparable, Sendable {
        case drain, terminate, kill

        package static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
    }

    package struct Action: Equatable, Sendable {
        package let incarnation: UInt64
        package let stage: Stage
    }

    private struct Entry: Equatable {
        var stage: Stage
        var until: Instant
    }

    private let limits: WorkerTimeouts
    private var leaving: [UInt64: Entry] = [:]

    package init(limits: WorkerTimeouts) { self.limits = limits }

    package var isEmpty: Bool { leaving.isEmpty }

    package func stage(of incarnation: UInt64) -> Stage? { leaving[incarnation]?.stage }

    /// When `tick` has something to do next.
    package var nextDeadline: Instant? {
        leaving.values.filter { $0.stage != .kill }.map(\.until).min()
    }

    /// A worker is to leave, beginning with `stage`. One that is leaving already can be hurried, never slowed.
    package mutating func stop(_ incarnation: UInt64, from stage: Stage = .drain, at now: Instant) -> [Action] {
        if let entry = leaving[incarnation], entry.stage >= stage { return [] }
        leaving[incarnation] = Entry(stage: stage, until: now + limit(of: stage))
        return [Action(incarnation: incarnation, stage: stage)]
    }

    /// It is gone and has been reaped.
    package mutating func exited(_ incarnation: UInt64) { leaving[incarnation] = nil }

    /// Goes on with those whose time is over.
    package mutating func tick(at now: Instant) -> [Action] {
        leaving.keys.sorted().flatMap { incarnation -> [Action] in
            guard let entry = leaving[incarnation], entry.stage != .kill, entry.until <= now else { return [] }
            return stop(incarnation, from: entry.stage == .drain ? .terminate : .kill, at: now)
        }
    }

    private func limit(of stage: Stage) -> Duration {
        switch stage {
        case .drain: limits.drain
        case .terminate: limits.terminate
        case .kill: .zero
        }
    }
}
