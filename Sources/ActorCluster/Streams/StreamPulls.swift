/// One reader's way through a stream: a batch that it uses, and the next one on its way.
final class StreamPulls {
    private let reader: StreamReader
    private var batch = StreamBatch()
    private var next = 0
    private var used: UInt64 = 0
    private var hasPulled = false
    private var ahead: Task<StreamBatch, any Error>?

    init(_ reader: StreamReader) { self.reader = reader }

    deinit { end() }

    nonisolated(nonsending) func next<Element: Decodable>(_ type: Element.Type) async throws -> Element? {
        while true {
            if next < batch.values.count {
                let bytes = batch.values[next]
                (next, used) = (next + 1, used + 1)
                do {
                    return try reader.system.decodeValue(type, from: bytes ?? [])
                } catch {
                    end()
                    throw CallError.malformedMessage("an element of a stream: \(describe(error))", .maybeExecuted)
                }
            }
            if batch.isLast {
                reader.wasLast()
                return nil
            }
            try await fetch()
        }
    }

    private nonisolated(nonsending) func fetch() async throws {
        let pull = ahead ?? reader.pull(used: used)
        ahead = pull
        do {
            batch = try await withTaskCancellationHandler {
                try await pull.value
            } onCancel: {
                pull.cancel()
            }
            (next, ahead) = (0, nil)
            if let error = batch.error { throw error }
            hasPulled = true
            // It says what was used before this batch: half of the credit is left for the next one meanwhile.
            if !batch.isLast { ahead = reader.pull(used: used) }
        } catch {
            if error.isOfSource { reader.wasLast() }
            end()
            throw await reader.reason(error, hasPulled: hasPulled)
        }
    }

    private func end() {
        ahead?.cancel()
        ahead = nil
        reader.end()
    }
}

extension Error {
    /// The source has ended with it, or is gone: there is nobody to be told that nobody reads.
    fileprivate var isOfSource: Bool {
        switch self as? CallError {
        case .workerDied, .targetMissing: true
        case nil: !(self is CancellationError)
        default: false
        }
    }
}
