import ProcessIO

/// The source of a stream, in the process that has it: runs it as far ahead as its consumer's credit goes.
///
/// Nothing runs before the first pull. The first one who pulls is the consumer; it ends with that process.
final class StreamFeed: Sendable {
    /// Takes elements from the source and offers them, until there are no more or nobody wants them.
    typealias Pump = @Sendable (StreamFeed) async throws -> Void

    fileprivate struct State {
        var buffer: StreamBuffer
        var consumer: StreamConsumer?
        var failure: (any Error)?
        var isClosed = false
        /// A pull that waits.
        var reader: Suspension<Void>?
        /// The pump, while it has no credit.
        var producer: Suspension<Void>?
        var tasks: [Task<Void, Never>] = []
    }

    private let system: ClusterActorSystem
    private let pump: Pump
    private let state: Lock<State>
    private let onClose: @Sendable () -> Void

    init(_ system: ClusterActorSystem, pump: @escaping Pump, onClose: @escaping @Sendable () -> Void) {
        (self.system, self.pump, self.onClose) = (system, pump, onClose)
        let batch = min(Limits.streamBytes / 2, PackedValues.longestValue(inFrameOf: system.frameLimit))
        state = Lock(State(buffer: StreamBuffer(batchBytes: batch)))
    }

    var wasPulled: Bool { state.withLock { $0.consumer != nil } }

    // MARK: The consumer

    /// The next elements. Throws what the source has thrown, when all that came before it has been pulled. Cancelling
    /// it closes the stream.
    nonisolated(nonsending) func pull(used: UInt64, by consumer: StreamConsumer) async throws -> StreamBatch {
        let (isConsumer, isFirst) = state.withLock { state in
            let isFirst = state.consumer == nil
            if isFirst { state.consumer = consumer }
            return (state.consumer == consumer, isFirst)
        }
        guard isConsumer else { return StreamBatch(isLast: true, error: .consumedTwice) }
        if isFirst { begin(for: consumer) }
        return try await withTaskCancellationHandler {
            while true {
                let (pull, failure, producer) = state.withLock { $0.pull(used: used) }
                producer?.resume()
                if let failure {
                    close()
                    throw failure
                }
                if let pull {
                    if pull.isLast { close() }
                    return pull
                }
                await suspended { (waiter: Suspension<Void>) in
                    if !state.withLock({ $0.await(waiter) }) { waiter.resume() }
                }
            }
        } onCancel: {
            close()
        }
    }

    private func begin(for consumer: StreamConsumer) {
        let source = Task {
            do {
                try await self.pump(self)
                self.finish(nil)
            } catch {
                self.finish(error)
            }
        }
        keep(source)
        let scope = ActorID.Scope.incarnation(consumer.process)
        guard !system.isHere(scope) else { return }
        keep(Task { if await self.system.waitForEnd(of: scope) != nil { self.close() } })
    }

    private func keep(_ task: Task<Void, Never>) {
        let isClosed = state.withLock { state in
            if !state.isClosed { state.tasks.append(task) }
            return state.isClosed
        }
        if isClosed { task.cancel() }
    }

    // MARK: The source

    /// Waits for the consumer's credit. False: it wants no more.
    nonisolated(nonsending) func wantsMore() async -> Bool {
        while true {
            let (mayProduce, isClosed) = state.withLock { ($0.buffer.mayProduce, $0.isClosed) }
            if isClosed { return false }
            if mayProduce { return true }
            await suspended { (waiter: Suspension<Void>) in
                let mustWait = state.withLock { state in
                    guard !state.buffer.mayProduce, !state.isClosed else { return false }
                    state.producer = waiter
                    return true
                }
                if !mustWait { waiter.resume() }
            }
        }
    }

    func offer(_ element: some Encodable) throws {
        let writer = MessageWriter.borrow()
        writer.actorSystem = system
        defer { writer.giveBack() }
        do {
            try writer.write(element)
        } catch {
            throw CallError.notEncodable("an element of a stream: \(describe(error))", .notSent)
        }
        let limit = PackedValues.longestValue(inFrameOf: system.frameLimit)
        guard writer.count <= limit else {
            throw CallError.tooLarge(bytes: writer.count, limit: limit, .notSent)
        }
        let reader = state.withLock { state in
            state.buffer.append(writer.bytes)
            return state.reader.take()
        }
        reader?.resume()
    }

    private func finish(_ failure: (any Error)?) {
        let reader = state.withLock { state in
            state.buffer.finish()
            state.failure = failure
            return state.reader.take()
        }
        reader?.resume()
    }

    // MARK: The end

    /// The consumer, or somebody who was to be the consumer, does not want it any more.
    func close(for consumer: StreamConsumer) {
        if state.withLock({ $0.consumer == nil || $0.consumer == consumer }) { close() }
    }

    /// The source's task is cancelled, and nobody is given anything any more.
    func close() {
        let (isFirst, reader, producer, tasks) = state.withLock { state in
            defer { (state.isClosed, state.tasks) = (true, []) }
            return (!state.isClosed, state.reader.take(), state.producer.take(), state.tasks)
        }
        guard isFirst else { return }
        for task in tasks { task.cancel() }
        reader?.resume()
        producer?.resume()
        onClose()
    }
}

extension StreamFeed.State {
    fileprivate mutating func pull(
        used: UInt64
    ) -> (batch: StreamBatch?, failure: (any Error)?, producer: Suspension<Void>?) {
        if isClosed { return (StreamBatch(isLast: true, error: .closed), nil, nil) }
        let pull = buffer.pull(used: used)
        let producer = buffer.mayProduce ? self.producer.take() : nil
        guard case .batch(var batch) = pull else { return (nil, nil, producer) }
        guard let failure else { return (batch, nil, producer) }
        // The error comes after all the elements.
        if batch.isLast, batch.values.isEmpty { return (nil, failure, producer) }
        batch.isLast = false
        return (batch, nil, producer)
    }

    /// False: there is something.
    fileprivate mutating func await(_ waiter: Suspension<Void>) -> Bool {
        guard !isClosed, buffer.isWaitedFor else { return false }
        reader = waiter
        return true
    }
}

/// Who reads a stream: a reader of some process.
package struct StreamConsumer: Codable, Hashable, Sendable {
    let process: UInt64
    let number: UInt64
}
