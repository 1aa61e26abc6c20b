public import ActorCluster
public import Distributed

/// What a hearer has got, by its own account and its subscription's.
public struct HearerAccount: Codable, Hashable, Sendable {
    /// What came.
    public var hearing: Hearing
    /// `ActorSubscription.statistics`.
    public var delivered: Int
    /// The same.
    public var failed: Int
    /// The same.
    public var dropped: Int
    /// The same.
    public var lastError: String?
}

/// An actor one of whose methods gets a topic's notes.
public distributed actor Hearer {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    private var hearing = Hearing()
    private let refusesEvery: Int
    private var subscription: ActorSubscription?
    private var isInside = false

    /// It throws at each note whose number is a multiple of this; 0: at none.
    public init(refusesEvery: Int, actorSystem: ClusterActorSystem) {
        self.refusesEvery = refusesEvery
        self.actorSystem = actorSystem
    }

    /// Hears one.
    public distributed func heard(_ note: Note) async throws {
        if isInside { hearing.outOfOrder += 1_000_000 }
        isInside = true
        // Another one could come in between.
        await Task.yield()
        isInside = false
        if note == .end { return await subscription?.cancel() ?? () }
        hearing.add(note)
        if refusesEvery > 0, note.number.isMultiple(of: refusesEvery) {
            throw UnlistedError(description: "no \(note.number)")
        }
    }

    /// From now on `heard` gets the notes of a topic.
    public distributed func listen(_ wish: Listening) async throws {
        subscription = try await actorSystem.subscribe(
            to: Topic<Note>(wish.topic), on: self, buffer: wish.buffer, whenFull: wish.whenFull, latest: wish.latest
        ) { hearer, note in try await hearer.heard(note) }
    }

    /// Until now.
    public distributed func account() -> HearerAccount {
        let statistics = subscription?.statistics
        return HearerAccount(
            hearing: hearing, delivered: statistics?.delivered ?? 0, failed: statistics?.failed ?? 0,
            dropped: statistics?.dropped ?? 0, lastError: statistics?.lastError)
    }

    /// Ends its subscription.
    public distributed func cancel() async { await subscription?.cancel() }
}

extension Subscriber {
    /// A new one in this process, whom this holds.
    public distributed func makeHearer(_ wish: Listening, refusesEvery: Int) async throws -> Hearer {
        let hearer = Hearer(refusesEvery: refusesEvery, actorSystem: actorSystem)
        hearers.append(hearer)
        try await hearer.listen(wish)
        return hearer
    }

    /// Lets go of all of them, and tells how many actors of this process can be called.
    public distributed func releaseHearers() -> Int {
        hearers = []
        return actorSystem.callableActors
    }

    /// Subscribes somebody else's actor, which is refused.
    public distributed func listen(for hearer: Hearer) async throws {
        try await actorSystem.subscribe(to: Topic<Note>("elsewhere"), on: hearer) { try await $0.heard($1) }
    }
}
