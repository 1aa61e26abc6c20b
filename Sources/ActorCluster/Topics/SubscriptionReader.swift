import Distributed
import ProcessIO

/// A subscription in the process that has made it. It ends when nobody holds it any more.
final class SubscriptionReader: Sendable {
    /// Where the topics are.
    enum Source: Sendable {
        case here(TopicExchange)
        case primary(TopicBoard)
    }

    private let source: Source
    private let number: UInt64
    private let inlet = Lock(SubscriptionInlet<Suspension<Void>>())

    init(_ number: UInt64, of source: Source) { (self.number, self.source) = (number, source) }

    deinit { if leave() { unsubscribe() } }

    var dropped: UInt64 { inlet.withLock { $0.dropped } }

    func wasUnreadable() { inlet.withLock { $0.wasUnreadable() } }

    /// The next message; `nil`: there is none to come, or the task is cancelled, which ends the subscription.
    nonisolated(nonsending) func next() async -> ArraySlice<UInt8>? {
        await withTaskCancellationHandler {
            while true {
                switch inlet.withLock({ $0.take() }) {
                case .message(let message): return message
                case .over: return nil
                case .fetch: await fetch()
                case .wait:
                    await suspended { waiter in
                        if !inlet.withLock({ $0.wait(waiter) }) { waiter.resume() }
                    }
                }
            }
        } onCancel: {
            if leave() { unsubscribe() }
        }
    }

    /// The wait for messages is nobody's call: it has no deadline, and a call that reads has its own.
    private nonisolated(nonsending) func fetch() async {
        do {
            if let batch = try await source.next(of: number) {
                for waiter in inlet.withLock({ $0.arrived(batch) }) { waiter.resume() }
            } else {
                // It has ended there.
                _ = leave()
            }
        } catch {
            // The primary may have it still.
            if leave() { unsubscribe() }
        }
    }

    /// Returns when no publisher counts this process for it any more.
    func end() async {
        _ = leave()
        await unsubscribe()?.value
    }

    /// True, once: the primary is to be told.
    private func leave() -> Bool {
        let (isFirst, waiting) = inlet.withLock { $0.end() }
        for waiter in waiting { waiter.resume() }
        return isFirst
    }

    /// In a worker a task of its own asks the primary, since the one that wants it may be cancelled.
    @discardableResult
    private func unsubscribe() -> Task<Void, Never>? {
        if case .here(let exchange) = source {
            exchange.unsubscribe(number)
            return nil
        }
        let (source, number) = (source, number)
        return Task.detached { await source.unsubscribe(number) }
    }
}

extension SubscriptionReader.Source {
    fileprivate nonisolated(nonsending) func next(of number: UInt64) async throws -> TopicBatch? {
        switch self {
        case .here(let exchange): await exchange.next(of: number)
        case .primary(let board):
            try await CallScope.$current.withValue(.unlimited) { try await board.next(of: number) }
        }
    }

    fileprivate func unsubscribe(_ number: UInt64) async {
        switch self {
        case .here(let exchange): exchange.unsubscribe(number)
        case .primary(let board):
            try? await CallScope.$current.withValue(.unlimited) { try await board.unsubscribe(number) }
        }
    }
}
