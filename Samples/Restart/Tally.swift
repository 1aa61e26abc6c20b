import ActorCluster

/// How calls ended. Each one that has begun ends in one way.
struct Tally: Equatable {
    private(set) var begun = 0
    /// By slot.
    private(set) var answered: [Int]
    /// By kind.
    private(set) var failed: [String: Int] = [:]

    init(slots: Int) { answered = Array(repeating: 0, count: slots) }

    var answeredInAll: Int { answered.reduce(0, +) }
    /// Calls that have neither an answer nor an error.
    var withoutOutcome: Int { begun - answeredInAll - failed.values.reduce(0, +) }

    mutating func begin() { begun += 1 }

    mutating func answer(from slot: Int) { answered[slot] += 1 }

    mutating func fail(_ error: any Error) { failed[Self.kind(of: error), default: 0] += 1 }

    static func kind(of error: any Error) -> String {
        guard let error = error as? CallError else { return "\(type(of: error))" }
        return switch error {
        case .workerDied(_, _, .maybeExecuted): "worker died, the method may have run"
        case .workerDied(_, _, .notSent): "worker died, the method did not run"
        case .timeout: "timeout"
        case .noWorkerAvailable: "no worker available"
        case .overloaded: "overloaded"
        case .shuttingDown: "shutting down"
        default: "\(error)"
        }
    }
}
