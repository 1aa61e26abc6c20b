import Distributed
import ProcessIO

/// The sequence that a stream was made of.
final class StreamOrigin<Element: Codable & Sendable>: Sendable {
    typealias Next = nonisolated(nonsending) () async throws -> Element?

    let makeNext: @Sendable () -> Next
    private let pump: StreamFeed.Pump
    /// Once it has been sent; a value may be encoded more than once for one message.
    private let source = Lock<StreamSource?>(nil)
    private let isTaken = Lock(false)

    init<Source: AsyncSequence & Sendable>(_ sequence: Source) where Source.Element == Element {
        makeNext = {
            var iterator = sequence.makeAsyncIterator()
            return { try await iterator.next(isolation: #isolation) }
        }
        pump = { feed in
            var iterator = sequence.makeAsyncIterator()
            while await feed.wantsMore(), let element = try await iterator.next() { try feed.offer(element) }
        }
    }

    /// True, once, unless it has been sent.
    func isFirst() -> Bool {
        isTaken.withLock { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
    }

    func open(_ system: ClusterActorSystem) throws -> StreamSource {
        if let source = source.withLock({ $0 }) { return source }
        guard isFirst() else { throw StreamError.consumedTwice }
        let new = try system.streams.open(system, pump)
        source.withLock { $0 = new }
        return new
    }
}
