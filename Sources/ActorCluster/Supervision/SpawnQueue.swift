package import ProcessIO

/// Whose process is started now: only so many at once, in order of arrival. A process counts from its spawn to its
/// hello, for until then it keeps a processor busy; one that says none gives its place up after a while.
package struct SpawnQueue<ID: Hashable & Sendable>: Sendable {
    private struct Place {
        let id: ID
        let until: Instant
    }

    private let places: Int
    private let patience: Duration
    private var taken: [Place] = []
    /// Those before `head` have had their turn.
    private var line: [ID] = []
    private var head = 0

    package init(places: Int, patience: Duration = Limits.spawnTurn) {
        self.places = max(1, places)
        self.patience = patience
    }

    /// When `tick` has something to do next.
    package var nextDeadline: Instant? { head < line.count ? taken.first?.until : nil }

    /// Who is to be started now.
    package mutating func add(_ id: ID, at now: Instant) -> [ID] {
        line.append(id)
        return next(at: now)
    }

    /// It has said hello, or is gone.
    package mutating func remove(_ id: ID, at now: Instant) -> [ID] {
        guard let place = taken.firstIndex(where: { $0.id == id }) else { return [] }
        taken.remove(at: place)
        return next(at: now)
    }

    /// It is not to be started. False: it has had its turn.
    package mutating func withdraw(_ id: ID) -> Bool {
        guard let place = line[head...].firstIndex(of: id) else { return false }
        line.remove(at: place)
        return true
    }

    package mutating func tick(at now: Instant) -> [ID] { next(at: now) }

    private mutating func next(at now: Instant) -> [ID] {
        if head < line.count { taken.removeAll { $0.until <= now } }
        var started: [ID] = []
        while taken.count < places, head < line.count {
            taken.append(Place(id: line[head], until: now + patience))
            started.append(line[head])
            head += 1
        }
        if head == line.count || head > 1_024 {
            line.removeFirst(head)
            head = 0
        }
        return started
    }
}
