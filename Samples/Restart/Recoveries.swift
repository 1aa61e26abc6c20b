/// How long slots were without a ready worker, from each harm to the replacement.
struct Recoveries: Equatable {
    private struct Loss: Equatable {
        let harm: Harm
        let incarnation: UInt64
        let moment: Duration
    }

    /// By slot.
    private var losses: [Int: Loss] = [:]
    private var times: [Harm: [Duration]] = [:]

    /// Harms that were done.
    private(set) var count = 0
    /// Those whose replacement is not ready.
    var open: Int { losses.count }
    var replaced: Int { times.values.reduce(0) { $0 + $1.count } }

    /// Moments are counted from the beginning of the show.
    mutating func harmed(_ harm: Harm, slot: Int, incarnation: UInt64, at moment: Duration) {
        count += 1
        losses[slot] = Loss(harm: harm, incarnation: incarnation, moment: moment)
    }

    func isOpen(_ slot: Int) -> Bool { losses[slot] != nil }

    mutating func ready(slot: Int, incarnation: UInt64, at moment: Duration) {
        guard let loss = losses[slot], loss.incarnation < incarnation else { return }
        losses[slot] = nil
        times[loss.harm, default: []].append(moment - loss.moment)
    }

    /// `nil`: of all kinds.
    func median(of harm: Harm? = nil) -> Duration? {
        let sorted = all(harm).sorted()
        return sorted.isEmpty ? nil : sorted[sorted.count / 2]
    }

    func worst(of harm: Harm? = nil) -> Duration? { all(harm).max() }

    func count(of harm: Harm) -> Int { times[harm]?.count ?? 0 }

    private func all(_ harm: Harm?) -> [Duration] {
        harm.map { times[$0] ?? [] } ?? times.values.flatMap { $0 }
    }
}
