public import Distributed
import ProcessIO

/// A topic's messages that go to an actor, one after another, by `ClusterActorSystem.subscribe(to:on:)`.
///
/// It lives as long as the actor: it need not be kept, and it ends with the actor, by `cancel()`, with the cluster, and
/// with its process.
public final class ActorSubscription: Sendable {
    /// How its messages have fared.
    public struct Statistics: Hashable, Sendable {
        /// Messages whose method has returned.
        public var delivered = 0
        /// Messages whose method has thrown.
        public var failed = 0
        /// Messages that the actor did not get, as `Subscription.dropped` has them.
        public var dropped = 0
        /// What the method has thrown last, type and text.
        public var lastError: String?
    }

    private struct State {
        var statistics = Statistics()
        var task: Task<Void, Never>?
        var isOver = false
    }

    private let reader: SubscriptionReader
    private let state = Lock(State())

    init(_ reader: SubscriptionReader) { self.reader = reader }

    /// What has become of its messages until now. It can be read after its end, too.
    public var statistics: Statistics {
        var statistics = state.withLock { $0.statistics }
        statistics.dropped = Int(clamping: reader.dropped)
        return statistics
    }

    /// Ends it, and returns when no publisher counts it any more. A method that runs is cancelled and not waited for, so
    /// that it may call this itself; messages that had arrived and wait for it are dropped.
    public func cancel() async {
        end()
        await reader.end()
    }

    // MARK: Delivering

    /// The reading task holds this, and nothing of it holds the actor between two messages.
    func begin(
        _ deliver: @escaping @Sendable (ArraySlice<UInt8>) async throws -> Outcome,
        whenOver: @escaping @Sendable (ActorSubscription) -> Void
    ) {
        let task = Task.detached {
            while let message = await self.reader.next() {
                do {
                    switch try await deliver(message) {
                    case .delivered: self.state.withLock { $0.statistics.delivered += 1 }
                    case .unreadable: self.reader.wasUnreadable()
                    case .nobody: await self.reader.end()
                    }
                } catch {
                    self.failed(error)
                }
            }
            whenOver(self)
        }
        let isOver = state.withLock { state in
            state.task = task
            return state.isOver
        }
        if isOver { task.cancel() }
    }

    private func failed(_ error: any Error) {
        let words = Failure(reported: error).words
        state.withLock { state in
            state.statistics.failed += 1
            state.statistics.lastError = words
        }
    }

    /// The actor is gone, or nobody wants this any more. Any thread; does not wait.
    func end() {
        let task = state.withLock { state in
            state.isOver = true
            return state.task
        }
        task?.cancel()
    }

    /// What came of one message.
    enum Outcome: Sendable {
        case delivered
        case unreadable
        /// The actor is gone.
        case nobody
    }
}

extension ClusterActorSystem {
    /// Subscribes an actor of this process to a topic: each message that is published after this has returned is given to
    /// `method`, with the actor, one after another and in its publisher's order.
    ///
    ///     try await actorSystem.subscribe(to: Subjects.prices, on: self) { board, price in
    ///         try await board.changed(price)
    ///     }
    ///
    /// The subscription does not keep the actor alive, provided that `method` uses the actor that it is given and no other
    /// reference to it; it ends when the actor is released. `buffer`, `whenFull` and `latest` are those of
    /// `subscribe(to:)`. While `method` runs, messages wait, bounded by `buffer`; what it throws is counted, and the next
    /// message goes on (`ActorSubscription.statistics`). It runs outside of any call, so the calls that it makes have the
    /// cluster's limit each.
    ///
    /// Throws what `subscribe(to:)` does, and `CallError.targetMissing` for an actor of another process.
    @discardableResult
    public nonisolated(nonsending) func subscribe<Message, Act: DistributedActor>(
        to topic: Topic<Message>, on actor: Act, buffer: Int = 1_024, whenFull overflow: TopicOverflow = .dropOldest,
        latest: Bool = false, _ method: @escaping @Sendable (Act, Message) async throws -> Void
    ) async throws -> ActorSubscription where Act.ActorSystem == ClusterActorSystem {
        guard actor.actorSystem === self, isHere(actor.id.scope) else {
            throw CallError.targetMissing("the actor \(actor.id) does not live in this process: subscribe it there")
        }
        let number = actor.id.number
        let reader = try await makeReader(topic, buffer, overflow, latest)
        let subscription = ActorSubscription(reader)
        guard local.add(subscription, ofActor: number) else {
            throw CallError.targetMissing("the actor \(actor.id) cannot be called yet: subscribe it after its init")
        }
        subscription.begin { [weak self] bytes in
            guard let self, let actor = local.actor(number: number) as? Act else { return .nobody }
            guard let message = try? decodeValue(Message.self, from: bytes) else { return .unreadable }
            try await method(actor, message)
            return .delivered
        } whenOver: { [weak self] subscription in
            self?.local.remove(subscription, ofActor: number)
        }
        return subscription
    }
}
