/// Which ready worker of a pool gets the next call: each in turn, by slot.
package struct WorkerSelection: Equatable, Sendable {
    private var last = -1

    package init() {}

    /// `isReady` tells of each slot whether it may be chosen. `nil`: none.
    package mutating func next(slots: Int, isReady: (Int) -> Bool) -> Int? {
        for step in 1...max(1, slots) where slots > 0 {
            let slot = (last + step) % slots
            if isReady(slot) {
                last = slot
                return slot
            }
        }
        return nil
    }
}
