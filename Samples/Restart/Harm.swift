/// What is done to a worker.
enum Harm: String, CaseIterable {
    case killed
    case hung
    case bloated
    case exited = "told to exit"
}

/// Whose turn it is to be harmed, and how: slot after slot, each time in another way.
struct Script {
    private let slots: Int
    private var count = 0

    init(slots: Int) { self.slots = slots }

    /// The next slot whose worker is ready; `nil`: there is none.
    mutating func next(isReady: (Int) -> Bool) -> (slot: Int, harm: Harm)? {
        for step in 0..<slots where isReady((count + step) % slots) {
            count += step
            // One further after each round, so that no slot always meets the same fate.
            let harm = Harm.allCases[(count + count / slots) % Harm.allCases.count]
            defer { count += 1 }
            return (count % slots, harm)
        }
        return nil
    }
}
