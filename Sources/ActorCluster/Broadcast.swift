/// How the workers of a pool have answered one question, in slot order.
public struct Broadcast<Value: Sendable>: Sendable {
    /// What each worker that was asked has answered, or how its call ended.
    public let results: [(worker: WorkerID, result: Result<Value, any Error>)]

    @usableFromInline
    init(results: [(worker: WorkerID, result: Result<Value, any Error>)]) { self.results = results }

    /// The workers that failed, died or did not answer in time.
    public var missing: [WorkerID] {
        results.compactMap { worker, result in
            if case .failure = result { worker } else { nil }
        }
    }

    /// All answers; throws `BroadcastError` if one is missing.
    @inlinable
    public func values() throws -> [Value] {
        let values = results.compactMap { try? $0.result.get() }
        guard values.count == results.count else {
            throw BroadcastError(
                failures: results.compactMap { worker, result in
                    if case .failure(let error) = result { (worker, error) } else { nil }
                },
                answered: results.compactMap { worker, result in
                    if case .success = result { worker } else { nil }
                })
        }
        return values
    }
}

/// Some workers did not do what all were asked to do.
public struct BroadcastError: Error, CustomStringConvertible {
    /// Those, and what became of it.
    public let failures: [(worker: WorkerID, error: any Error)]
    /// The workers that did.
    public let answered: [WorkerID]

    @usableFromInline
    init(failures: [(worker: WorkerID, error: any Error)], answered: [WorkerID]) {
        (self.failures, self.answered) = (failures, answered)
    }

    /// Each worker that failed, with its error.
    public var description: String {
        "\(failures.count) of \(failures.count + answered.count) workers failed: "
            + failures.map { "\($0.worker): \($0.error)" }.joined(separator: "; ")
    }
}
