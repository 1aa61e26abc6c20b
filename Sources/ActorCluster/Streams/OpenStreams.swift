import Distributed
package import ProcessIO

/// The streams whose sources are in this process, from the moment that they are sent somewhere.
package final class OpenStreams: Sendable {
    private struct Entry {
        let source: StreamSource
        let feed: StreamFeed
        /// When it is freed if nobody has pulled it by then.
        let expiry: Instant
    }

    private struct State {
        var entries: [UInt64: Entry] = [:]
        var lastConsumer: UInt64 = 0
        /// Once there is a stream that may expire.
        var deadlines: DeadlineTimer?
        var isClosed = false
    }

    private let state = Lock(State())

    /// How long a stream waits for somebody who reads it.
    package let patience = Lock(Limits.streamUnread)

    package var count: Int { state.withLock { $0.entries.count } }

    /// Makes a source one that other processes can pull.
    func open(_ system: ClusterActorSystem, _ pump: @escaping StreamFeed.Pump) throws -> StreamSource {
        guard count < Limits.streams else { throw StreamError.tooManyStreams(limit: Limits.streams) }
        let deadlines = try timer()
        let number = Lock<UInt64>(0)
        let primary = system.routes.primary
        let feed = StreamFeed(system, pump: pump) { [weak self] in
            self?.remove(number.withLock { $0 })
            primary?.streamEnded()
        }
        let source = StreamSource(feed, actorSystem: system)
        number.withLock { $0 = source.id.number }
        primary?.streamBegan()
        let expiry = MonotonicClock.now + patience.withLock { $0 }
        let isClosed = state.withLock { state in
            if !state.isClosed { state.entries[source.id.number] = Entry(source: source, feed: feed, expiry: expiry) }
            return state.isClosed
        }
        if isClosed { feed.close() }
        deadlines.cover(expiry)
        return source
    }

    func newConsumer() -> UInt64 {
        state.withLock { state in
            state.lastConsumer += 1
            return state.lastConsumer
        }
    }

    /// The cluster has stopped.
    func finish() {
        let (entries, deadlines) = state.withLock { state in
            state.isClosed = true
            return (state.entries.values.map(\.feed), state.deadlines)
        }
        for feed in entries { feed.close() }
        if let deadlines, let loop = try? EventLoop.shared() { loop.execute { deadlines.stop() } }
    }

    private func remove(_ number: UInt64) {
        let entry = state.withLock { $0.entries.removeValue(forKey: number) }
        withExtendedLifetime(entry) {}
    }

    private func timer() throws -> DeadlineTimer {
        if let timer = state.withLock({ $0.deadlines }) { return timer }
        let new = DeadlineTimer(loop: try EventLoop.shared()) { [weak self] now in self?.expire(at: now) }
        return state.withLock { state in
            state.deadlines = state.deadlines ?? new
            return state.deadlines ?? new
        }
    }

    private func expire(at now: Instant) -> Instant? {
        let unread = state.withLock { $0.entries.values.filter { !$0.feed.wasPulled } }
        for entry in unread where entry.expiry <= now { entry.feed.close() }
        return unread.lazy.map(\.expiry).filter { $0 > now }.min()
    }
}

/// A stream's source as its consumer calls it.
distributed actor StreamSource {
    typealias ActorSystem = ClusterActorSystem

    private let feed: StreamFeed

    init(_ feed: StreamFeed, actorSystem: ClusterActorSystem) {
        self.feed = feed
        self.actorSystem = actorSystem
    }

    /// More elements, when there are some; the consumer has used so many until now.
    distributed func next(used: UInt64, for consumer: StreamConsumer) async throws -> StreamBatch {
        try await feed.pull(used: used, by: consumer)
    }

    /// Whoever had a right to it does not want it any more.
    distributed func close(for consumer: StreamConsumer) { feed.close(for: consumer) }
}
