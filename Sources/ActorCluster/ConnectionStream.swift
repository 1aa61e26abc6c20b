/// The connections of a listener that come to this worker. It does not fail.
///
/// One is taken from the system, or from the primary, when it is asked for; what a worker does not ask for goes to others. Any
/// number of tasks may read. It ends when the worker is to leave, the listener closes or the reading task is cancelled.
public struct ConnectionStream: AsyncSequence, Sendable {
    /// What it gives.
    public typealias Element = Connection
    /// It does not fail.
    public typealias Failure = Never

    let source: ConnectionSource

    /// Goes on where others are.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(source: source) }

    /// Takes one connection after another.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let source: ConnectionSource

        /// The next connection; `nil`: there are none any more, or the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async -> Connection? {
            await source.next()
        }
    }
}
