/// A queue that keeps its memory, takes a whole array at once, and lets entries be put back in front.
struct Ring<Entry> {
    /// What has been taken is `nil`, so that nothing is kept alive.
    private var entries: [Entry?] = []
    private var start = 0

    var isEmpty: Bool { start == entries.count }
    var count: Int { entries.count - start }
    /// Entries and places of taken ones.
    var places: Int { entries.count }

    mutating func append(_ entry: Entry) { entries.append(entry) }

    /// Moves everything from `others` to the end.
    mutating func take(_ others: inout [Entry?]) {
        if isEmpty {
            clear()
            swap(&entries, &others)
        } else {
            entries.append(contentsOf: others)
            others.removeAll(keepingCapacity: true)
        }
    }

    mutating func putBack(_ others: [Entry]) {
        guard !others.isEmpty else { return }
        entries.replaceSubrange(0..<start, with: others.map(Optional.some))
        start = 0
    }

    /// Takes those out of which `choose` makes something.
    mutating func take<Chosen>(where choose: (Entry) -> Chosen?) -> [Chosen] {
        var taken: [Chosen] = []
        entries.removeAll { entry in
            guard let entry, let chosen = choose(entry) else { return entry == nil }
            taken.append(chosen)
            return true
        }
        start = 0
        return taken
    }

    mutating func next() -> Entry? {
        if isEmpty { return nil }
        let entry = entries[start]
        entries[start] = nil
        start += 1
        if start == entries.count { clear() } else if start == Self.mostTaken { forgetTaken() }
        return entry
    }

    /// So many places are taken at most before the rest moves up.
    private static var mostTaken: Int { 4_096 }

    private mutating func forgetTaken() {
        entries.removeSubrange(0..<start)
        start = 0
    }

    private mutating func clear() {
        entries.removeAll(keepingCapacity: true)
        start = 0
    }
}
