import Terminal

/// How long to measure what. Times in seconds.
struct Plan: Codable, Equatable {
    /// Rounds of all workloads, the C floor in each of them.
    var rounds = 5
    /// Repetitions within a round; their median counts.
    var repetitions = 1
    /// One repetition.
    var seconds = 0.25
    /// Before the first one.
    var warmUp = 0.1
    /// Workers started, and workers killed, in a round.
    var starts = 5
    var kills = 4
    /// Before an idle worker's memory is looked at.
    var settling = 0.3
    /// How long a method spins or sleeps.
    var blocked = 10.0
    /// How long nobody does anything.
    var idle = 30.0
}

extension Plan {
    /// `secondsText` is the length of a repetition, if the environment says one.
    init(_ arguments: Arguments, secondsText: String?) throws(UsageError) {
        self.init()
        if arguments.printsLines {
            (rounds, repetitions, seconds) = (1, 3, 0.15)
            (starts, kills) = (21, 15)
        }
        if arguments.isQuick {
            (seconds, warmUp, settling) = (0.04, 0.02, 0.1)
            (starts, kills) = (2, 2)
            (blocked, idle) = (1, 2)
        }
        guard let secondsText else { return }
        guard let value = Double(secondsText), value > 0, value <= 60 else {
            throw UsageError(description: "BENCH_SECS is a number of seconds up to 60, not \(secondsText)")
        }
        seconds = value
    }
}
