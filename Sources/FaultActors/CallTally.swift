import ActorCluster

/// Calls as those who made them saw them end, to be held against what ran: numbered from 1.
package struct CallTally: Equatable, Sendable {
    package enum Ending: UInt8, Sendable {
        case returned
        /// It may have run.
        case failed
        /// By its error's own word it did not run.
        case notRun
    }

    private struct Call: Equatable {
        var ending: Ending?
        var endings: UInt8 = 0
        let isBystander: Bool
    }

    private var calls: [Call] = []
    /// Whether a call may return though nothing ran, because some workers are rogues that only answer.
    package var allowsAnswersWithoutRun = false

    package init() {}

    package var count: Int { calls.count }

    /// A new call. A bystander's is one that nothing should happen to.
    package mutating func begin(isBystander: Bool = false) -> UInt64 {
        calls.append(Call(isBystander: isBystander))
        return UInt64(calls.count)
    }

    package mutating func end(_ call: UInt64, _ ending: Ending) {
        let index = Int(call) - 1
        calls[index].ending = ending
        calls[index].endings = min(calls[index].endings, .max - 1) + 1
    }

    /// What is wrong with invariants I1, I5, I6 and I7, once every worker is gone. `runs` has each run's call.
    package func violations(runs: [UInt64]) -> [String] {
        var found: [String] = []
        var count = [Int](repeating: 0, count: calls.count)
        for run in runs {
            if (1...UInt64(max(1, calls.count))).contains(run), !calls.isEmpty {
                count[Int(run) - 1] += 1
            } else {
                found.append("I6: call \(run) ran, and nobody made it")
            }
        }
        for (index, call) in calls.enumerated() {
            let (number, runs) = (index + 1, count[index])
            if call.endings != 1 { found.append("I1: call \(number) ended \(call.endings) times") }
            if call.ending == .returned, runs == 0, !allowsAnswersWithoutRun {
                found.append("I1: call \(number) returned, and nothing ran")
            }
            if call.ending == .notRun, runs > 0 { found.append("I5: call \(number) ran, and its error denies it") }
            if runs > 1 { found.append("I6: call \(number) ran \(runs) times") }
            if call.isBystander, call.ending != .returned { found.append("I7: call \(number), a bystander's, failed") }
        }
        return found
    }
}

extension CallTally.Ending {
    /// How a call ended that threw this.
    package init(_ error: any Error) {
        switch error as? CallError {
        case .timeout(_, _, _, .notSent), .workerDied(_, _, .notSent), .tooLarge(_, _, .notSent),
            .notEncodable(_, .notSent), .malformedMessage(_, .notSent), .targetMissing, .unknownTarget,
            .noWorkerAvailable, .overloaded, .shuttingDown, .unsupportedCall:
            self = .notRun
        default: self = .failed
        }
    }
}
