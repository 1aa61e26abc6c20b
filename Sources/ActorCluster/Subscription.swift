/// The messages of a topic, from the moment of the subscription.
///
/// It ends when the reading task is cancelled, by `cancel()`, when nobody holds it any more, and with the cluster.
/// What has not been read is kept in the primary, bounded by `buffer`, but for the messages that came with the last
/// one that was read: up to 256, or 256 KiB of them, cross the pipe together.
///
/// Tasks that read the same subscription share its messages; subscribe again for all of them.
public struct Subscription<Message: Codable & Sendable>: AsyncSequence, Sendable {
    /// What it gives.
    public typealias Element = Message
    /// It does not fail.
    public typealias Failure = Never

    private let reader: SubscriptionReader
    private let system: ClusterActorSystem

    init(_ reader: SubscriptionReader, _ system: ClusterActorSystem) { (self.reader, self.system) = (reader, system) }

    /// How many messages it did not get because its buffer was full, or because they could not be decoded; as far as
    /// the messages that were read tell.
    public var dropped: Int { Int(clamping: reader.dropped) }

    /// Ends it, and returns when no publisher counts it any more.
    public func cancel() async { await reader.end() }

    /// Goes on where the last iterator has stopped reading.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: reader, system: system) }

    /// Reads one message after another.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let reader: SubscriptionReader
        fileprivate let system: ClusterActorSystem

        /// The next message; `nil`: there is none to come, or the task is cancelled.
        public func next(isolation actor: isolated (any Actor)? = #isolation) async -> Message? {
            while let bytes = await reader.next() {
                if let message = try? system.decodeValue(Message.self, from: bytes) { return message }
                reader.wasUnreadable()
            }
            return nil
        }
    }
}
