/// Which worker of a pool gets the next call.
package struct WorkerSelection: Sendable {
    /// What is known of a worker that may be chosen.
    package struct Load: Equatable, Sendable {
        package var inFlight: Int
        /// When its last call ended; less is longer ago.
        package var idleSince: UInt64

        package init(inFlight: Int, idleSince: UInt64 = 0) {
            self.inFlight = inFlight
            self.idleSince = idleSince
        }
    }

    private enum Rule {
        case inTurn
        case leastBusy
        case idleLongest
        case custom
    }

    private let rule: Rule
    private var custom: (any WorkerSelecting)?
    private var last = -1
    /// Of tags that some worker has; others never come so far.
    private var lastByTag: [UInt64: Int] = [:]

    package init(_ scheduling: Scheduling = .leastBusy) {
        switch scheduling {
        case .roundRobin: rule = .inTurn
        case .leastBusy, .sticky: rule = .leastBusy
        case .idleFirst: rule = .idleLongest
        case .custom(let custom): (rule, self.custom) = (.custom, custom)
        }
    }

    /// `load` tells of each slot how busy it is; `nil`: it may not be chosen. Each tag has a rotation of its own.
    package mutating func choose(tag: UInt64? = nil, slots: Int, load: (Int) -> Load?) -> Int? {
        let last = tag.map { lastByTag[$0] ?? -1 } ?? last
        let chosen = rule == .custom ? ask(slots, load) : search(slots, after: last, load)
        guard let chosen else { return nil }
        if let tag { lastByTag[tag] = chosen } else { self.last = chosen }
        return chosen
    }

    private func search(_ slots: Int, after last: Int, _ load: (Int) -> Load?) -> Int? {
        var best: (slot: Int, load: Load)?
        var slot = last
        for _ in 0..<slots {
            slot = slot + 1 < slots ? slot + 1 : 0
            guard let load = load(slot) else { continue }
            switch rule {
            case .inTurn: return slot
            case .leastBusy where load.inFlight == 0: return slot
            default: if best.map({ isBetter(load, than: $0.load) }) ?? true { best = (slot, load) }
            }
        }
        return best?.slot
    }

    private func isBetter(_ one: Load, than other: Load) -> Bool {
        one.inFlight != other.inFlight
            ? one.inFlight < other.inFlight : rule == .idleLongest && one.idleSince < other.idleSince
    }

    private mutating func ask(_ slots: Int, _ load: (Int) -> Load?) -> Int? {
        let candidates = (0..<slots).compactMap { slot in
            load(slot).map { WorkerLoad(slot: slot, inFlight: $0.inFlight) }
        }
        guard !candidates.isEmpty, let slot = custom?.select(among: candidates) else { return nil }
        return candidates.contains { $0.slot == slot } ? slot : nil
    }
}
