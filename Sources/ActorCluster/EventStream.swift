/// The events of a cluster or a pool, from the moment that it was asked for.
///
/// Each `events` makes a reader of its own; what it has not read is kept for it, up to 16,384 events and 4 MiB of
/// them. Of a reader that is slower the oldest are dropped, with one `missed` in their place; it holds up nobody. The
/// sequence ends with `stopped`, when the reading task is cancelled, or at once when what it tells of has stopped
/// already.
///
/// Tasks that read the same `EventStream` share its events; take `events` again for all of them.
public struct EventStream: AsyncSequence, Sendable {
    /// What it gives.
    public typealias Element = ClusterEvent
    /// It does not fail.
    public typealias Failure = Never

    private let reader: EventReader

    init(_ source: EventSource) { reader = EventReader(source) }

    /// Goes on where the last iterator has stopped reading.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: reader) }

    /// Reads one event after another.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let reader: EventReader

        /// The next event; `nil`: there is none to come, or the task is cancelled.
        public func next(isolation actor: isolated (any Actor)? = #isolation) async -> ClusterEvent? {
            await reader.next()
        }
    }
}

/// A place in a source's log, given up when nobody holds it any more.
final class EventReader: Sendable {
    private let source: EventSource
    private let number: UInt64

    init(_ source: EventSource) {
        self.source = source
        number = source.addReader()
    }

    deinit { source.removeReader(number) }

    nonisolated(nonsending) func next() async -> ClusterEvent? { await source.next(of: number) }
}
