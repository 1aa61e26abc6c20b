package import ProcessIO

/// What can be said of a slot's past.
extension Supervision {
    /// The end of one process, or of the attempt to start one.
    struct PastExit: Equatable, Sendable {
        let incarnation: UInt64
        /// `nil`: there never was a process.
        let status: ExitStatus?
        let ended: Instant
        /// From spawn to end.
        let life: Duration
    }

    mutating func remember(_ status: ExitStatus?, of life: Life, _ slot: Int, at now: Instant) {
        let time = life.spawned.map { now - $0 } ?? .zero
        let exit = PastExit(incarnation: life.incarnation, status: status, ended: now, life: time)
        histories[slot].exits = histories[slot].exits.suffix(Limits.exitsTold - 1) + [exit]
    }

    /// How long the slot, whose process has just ended, stays empty; `nil`: for ever, or as long as nobody asks.
    package func pause(_ slot: Int, at now: Instant) -> Duration? {
        guard slots.indices.contains(slot) else { return nil }
        return switch slots[slot] {
        case .starting: .zero
        case .paused(let until): max(.zero, until - now)
        default: nil
        }
    }

    /// Whether a process leaves so that another can take its place.
    package func isBeingReplaced(_ incarnation: UInt64) -> Bool {
        let isLeaving = Slot.leaving(incarnation, .replaced)
        return slots.contains(isLeaving) || besides.values.contains { $0.state == isLeaving }
    }

    /// Why a process that lives has failed already.
    package func error(of incarnation: UInt64) -> ClusterError? {
        let first = slots.firstIndex { $0.incarnation == incarnation }.flatMap { histories[$0].life.error }
        return first ?? besides.values.first { $0.life.incarnation == incarnation }?.life.error
    }

    /// Why the slot was given up: its last exits, how long each process had lived, and how long before the last it
    /// ended.
    package func story(_ slot: Int) -> String {
        let history = histories[slot]
        guard let last = history.exits.last else { return "slot \(slot) has had no process" }
        let exits = history.exits.map { exit in
            let end = exit.status.map(\.description) ?? "could not be started"
            let age = exit == last ? "" : ", \((last.ended - exit.ended).rounded) earlier"
            return "#\(exit.incarnation) \(end) (alive \(exit.life.rounded)\(age))"
        }
        let reason =
            last.status == .code(Self.permanentExitCode)
            ? "exit code \(Self.permanentExitCode) is permanent"
            : "\(settings.intensity.restarts) restarts in \(settings.intensity.window.rounded) are allowed"
        let cause = history.life.error.map { "; last error: \($0)" } ?? ""
        let list = exits.reversed().joined(separator: ", ")
        return "slot \(slot) cannot be kept alive (\(reason)); its last exits, the latest first: \(list)\(cause)"
            + lastWords(history.life)
    }

    /// Why a process that was to fill the slot does not.
    func endOfReplacement(_ slot: Int, _ life: Life, _ status: ExitStatus?, at now: Instant) -> String {
        let end = status.map(\.description) ?? "no process"
        if let sign = reload?.failure?.sign, reload?.failure?.worker.incarnation == life.incarnation {
            return "worker \(id(life, slot)) \(sign); it has ended (\(end))" + lastWords(life)
        }
        if life.error == nil, let ready = life.ready {
            let time = (now - ready).rounded
            return "worker \(id(life, slot)) ended (\(end)) \(time) after it was ready" + lastWords(life)
        }
        let error = startError(slot, life, status)
        return "\(error)" + (life.error == nil ? "" : lastWords(life))
    }

    /// What the process that ended last said before, on lines of its own.
    func lastWords(_ life: Life) -> String {
        let lines = life.lastOutput
        return lines.isEmpty ? "" : "\n  last words:\n    " + lines.joined(separator: "\n    ")
    }
}

extension Supervision.Event {
    /// Of a process that has to show that it is well: it is not. The words are for what its end alone would not tell.
    var signOfFailure: String? {
        switch self {
        case .suspect: "has stopped answering"
        case .stopRequested: "has left by its own wish, or by SIGTERM"
        case .disconnected, .violated, .incompatible, .reaped, .exited, .unhealthy, .failing: ""
        case .spawned, .online, .ready, .failed, .recovered, .replace, .spawnFailed, .withdrawn: nil
        }
    }
}

extension Duration {
    /// For a reader: `12 ms`, `3.4 s`, `75 s`.
    package var rounded: String {
        let milliseconds = max(0, wholeNanoseconds / 1_000_000)
        if milliseconds < 1_000 { return "\(milliseconds) ms" }
        let isShort = milliseconds < 10_000 && milliseconds % 1_000 >= 100
        return isShort ? "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100) s" : "\(milliseconds / 1_000) s"
    }
}
