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
    private var line = Queue<ID>()

    package init(places: Int, patience: Duration = Limits.spawnTurn) {
        self.places = max(1, places)
        self.patience = patience
    }

    /// When `tick` has something to do next.
    package var nextDeadline: Instant? { line.isEmpty ? nil : taken.first?.until }

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
        line.removeAll { $0 == id }
    }

    package mutating func tick(at now: Instant) -> [ID] { next(at: now) }

    private mutating func next(at now: Instant) -> [ID] {
        if !line.isEmpty { taken.removeAll { $0.until <= now } }
        var started: [ID] = []
        while taken.count < places, let id = line.removeFirst() {
            taken.append(Place(id: id, until: now + patience))
            started.append(id)
        }
        return started
    }
}
