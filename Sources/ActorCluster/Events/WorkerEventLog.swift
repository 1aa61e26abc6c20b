import ProcessIO

/// What a worker is told of its own life, for as many readers as it has. Each gets all of it, also what came before.
final class WorkerEventLog: Sendable {
    private struct State {
        var told: [WorkerEvent] = []
        var readers: [UInt64: AsyncStream<WorkerEvent>.Continuation] = [:]
        var lastReader: UInt64 = 0
    }

    private let state = Lock(State())

    /// Each event is told once.
    func tell(_ event: WorkerEvent) {
        let readers = state.withLock { state in
            guard !state.told.contains(event) else { return [AsyncStream<WorkerEvent>.Continuation]() }
            state.told.append(event)
            return Array(state.readers.values)
        }
        for reader in readers { reader.yield(event) }
    }

    func stream() -> AsyncStream<WorkerEvent> {
        let (stream, reader) = AsyncStream.makeStream(of: WorkerEvent.self)
        let (number, told) = state.withLock { state in
            state.lastReader += 1
            state.readers[state.lastReader] = reader
            return (state.lastReader, state.told)
        }
        reader.onTermination = { [weak self] _ in self?.forget(number) }
        for event in told { reader.yield(event) }
        return stream
    }

    private func forget(_ number: UInt64) { state.withLock { _ = $0.readers.removeValue(forKey: number) } }
}
