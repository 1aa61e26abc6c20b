import Distributed
import ProcessIO

extension ClusterActorSystem {
    /// Hands a message to all who have subscribed to the topic now, in whichever process of the cluster, and returns
    /// how many processes that are; none is no error. Works in the primary and in workers.
    ///
    /// Each subscription gets the messages of one publisher in the order in which they were published, and each of
    /// them once. A process counts once, however many subscriptions it has, and also when the message was dropped
    /// because a buffer was full. A subscriber with `TopicOverflow.slowPublisher` may make this wait, as long as a
    /// call may take (`withCallTimeout`).
    ///
    /// Throws `TopicError` when the topic's messages have another type; `CallError`: `timeout` when a subscriber had
    /// no room in time (the others have the message), `tooLarge` and `notEncodable`, and in a worker whatever a call to
    /// the primary throws; and `CancellationError`.
    @discardableResult
    public nonisolated(nonsending) func publish<Message>(
        _ message: Message, to topic: Topic<Message>
    ) async throws -> Int {
        let bytes = try encodeValue(message, as: "a message for the topic \"\(topic.name)\"")
        guard let exchange = topics else {
            return Int(clamping: try await board().publish(bytes, to: topic.name, type: topic.type).get())
        }
        let limit = CallScope.current.bound(standard: callTimeout, now: MonotonicClock.now)
        do {
            return try await exchange.publish(bytes, to: topic.name, type: topic.type, deadline: limit.deadline)
        } catch is TopicIsSlow {
            let target = "a subscriber of \"\(topic.name)\""
            throw CallError.timeout(after: limit.duration ?? .zero, target: target, nil, .maybeExecuted)
        }
    }

    /// Subscribes to a topic: all messages that are published after this has returned. Works in the primary and in
    /// workers.
    ///
    /// - Parameters:
    ///   - buffer: how many messages are kept that have not been read, 1 to 65,536, and 16 MiB of them.
    ///   - whenFull: what happens to a message beyond that.
    ///   - latest: whether the last message that was published before comes first, if there is one.
    ///
    /// A subscription goes with its process; a worker that takes its place subscribes for itself, in its group's
    /// factory, say. Throws `TopicError`, `CallError.shuttingDown` when the cluster has stopped, and in a worker whatever
    /// a call to the primary throws.
    public nonisolated(nonsending) func subscribe<Message>(
        to topic: Topic<Message>, buffer: Int = 1_024, whenFull overflow: TopicOverflow = .dropOldest,
        latest: Bool = false
    ) async throws -> Subscription<Message> {
        Subscription(try await makeReader(topic, buffer, overflow, latest), self)
    }

    nonisolated(nonsending) func makeReader(
        _ topic: Topic<some Codable & Sendable>, _ buffer: Int, _ overflow: TopicOverflow, _ latest: Bool
    ) async throws -> SubscriptionReader {
        var wish = SubscriptionWish(
            topic: topic.name, type: topic.type,
            process: ActorID.Scope.incarnation(identity.incarnation).word)
        (wish.buffer, wish.overflow, wish.latest) = (buffer, overflow, latest)
        let (number, source): (UInt64?, SubscriptionReader.Source)
        if let exchange = topics {
            (number, source) = (try exchange.subscribe(wish), .here(exchange))
        } else {
            let board = try board()
            wish.token = UInt64.random(in: 1 ... .max)
            (number, source) = (try await subscribe(wish, at: board), .primary(board))
        }
        guard let number, number > 0 else { throw CallError.shuttingDown }
        return SubscriptionReader(number, of: source)
    }

    /// A call that is cancelled or late may have subscribed all the same, and nobody knows the number then.
    private nonisolated(nonsending) func subscribe(
        _ wish: SubscriptionWish, at board: TopicBoard
    ) async throws -> UInt64 {
        let answer: TopicAnswer
        do {
            answer = try await board.subscribe(wish)
        } catch {
            // On the same pipe, so it cannot come before the call.
            Task.detached {
                try? await CallScope.$current.withValue(.unlimited) {
                    try await board.unsubscribe(token: wish.token, of: wish.process)
                }
            }
            throw error
        }
        return try answer.get()
    }

    private func board() throws -> TopicBoard {
        try TopicBoard.resolve(id: ActorID(scope: .primary, number: TopicBoard.number), using: self)
    }

    // MARK: Values by themselves

    private func encodeValue(_ value: some Encodable, as what: String) throws(CallError) -> [UInt8] {
        let writer = MessageWriter.borrow()
        writer.actorSystem = self
        defer { writer.giveBack() }
        do {
            try writer.write(value)
        } catch {
            throw .notEncodable("\(what): \(describe(error))", .notSent)
        }
        let limit = PackedValues.longestValue(inFrameOf: frameLimit)
        guard writer.count <= limit else { throw .tooLarge(bytes: writer.count, limit: limit, .notSent) }
        return [UInt8](writer.bytes)
    }

    func decodeValue<Value: Decodable>(_ type: Value.Type, from bytes: ArraySlice<UInt8>) throws -> Value {
        let reader = MessageReader.borrow()
        reader.actorSystem = self
        defer { reader.giveBack() }
        return try bytes.withUnsafeBytes { try reader.read(type, from: $0) }
    }
}
