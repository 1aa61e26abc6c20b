import ProcessIO

/// The cluster's topics, in the primary. Any thread; nothing here waits for a subscriber but a publisher that is to.
package final class TopicExchange: Sendable {
    /// How the wait of a publisher ended.
    fileprivate enum Release: Sendable { case hasRoom, tooLate, cancelled }

    fileprivate struct Publisher {
        let waiter: Suspension<Release>
        let deadline: Instant
    }

    fileprivate struct State {
        var table: TopicTable
        var readers: [UInt64: Suspension<TopicBatch?>] = [:]
        var publishers: [UInt64: Publisher] = [:]
        /// Tickets that were withdrawn before their publishers began to wait.
        var withdrawn: Set<UInt64> = []
    }

    private let state: Lock<State>
    private let deadlines: DeadlineTimer
    private let loop: EventLoop

    init(frameLimit: Int, loop: EventLoop) {
        self.loop = loop
        deadlines = DeadlineTimer(loop: loop)
        let batch = min(Limits.topicBatchBytes, PackedValues.longestValue(inFrameOf: frameLimit))
        state = Lock(State(table: TopicTable(batchBytes: batch)))
        deadlines.onExpiry { [weak self] in self?.expire(at: $0) }
        began(ActorID.Scope.primary)
    }

    package var subscriptionCount: Int { state.withLock { $0.table.subscriptionCount } }

    // MARK: Processes

    func began(_ scope: ActorID.Scope) { state.withLock { $0.table.began(scope.word) } }

    func ended(_ scope: ActorID.Scope) { change { $0.ended(scope.word) } }

    /// The cluster has stopped.
    func finish() {
        change { $0.finish() }
        loop.execute { self.deadlines.stop() }
    }

    // MARK: Subscribers

    /// `nil`: its process has ended.
    func subscribe(_ wish: SubscriptionWish) throws(TopicError) -> UInt64? {
        try state.withLock { state throws(TopicError) in try state.table.subscribe(wish) }
    }

    func unsubscribe(_ number: UInt64) { change { $0.unsubscribe(number) } }

    func unsubscribe(token: UInt64, of process: UInt64) { change { $0.unsubscribe(token: token, of: process) } }

    /// The next messages; `nil`: the subscription has ended. For one task at a time.
    nonisolated(nonsending) func next(of number: UInt64) async -> TopicBatch? {
        await suspended { (waiter: Suspension<TopicBatch?>) in
            let (reading, wakeUps) = state.withLock { state -> (TopicTable.Reading, WakeUps) in
                let reading = state.table.read(number)
                switch reading {
                case .batch(_, let actions): return (reading, state.perform(actions))
                case .wait: state.readers[number] = waiter
                case .over: break
                }
                return (reading, WakeUps())
            }
            wakeUps.perform()
            switch reading {
            case .batch(let batch, _): waiter.resume(returning: batch)
            case .over: waiter.resume(returning: nil)
            case .wait: break
            }
        }
    }

    // MARK: Publishers

    /// To how many processes the message was handed. Waits, until the deadline, for subscribers that want that.
    nonisolated(nonsending) func publish(
        _ message: [UInt8], to topic: String, type: String, deadline: Instant
    ) async throws -> Int {
        let (publication, wakeUps) = try state.withLock { state throws(TopicError) in
            let publication = try state.table.publish(message, to: topic, type: type)
            return (publication, state.perform(publication.actions))
        }
        wakeUps.perform()
        guard let ticket = publication.ticket else { return publication.processes }
        switch await wait(ticket, until: deadline) {
        case .hasRoom: return publication.processes
        case .cancelled: throw CancellationError()
        case .tooLate: throw TopicIsSlow()
        }
    }

    private nonisolated(nonsending) func wait(_ ticket: UInt64, until deadline: Instant) async -> Release {
        await withTaskCancellationHandler {
            await suspended { (waiter: Suspension<Release>) in
                let release = state.withLock { state -> Release? in
                    if state.withdrawn.remove(ticket) != nil { return .cancelled }
                    guard state.table.isWaiting(ticket) else { return .hasRoom }
                    state.publishers[ticket] = Publisher(waiter: waiter, deadline: deadline)
                    return nil
                }
                if let release { return waiter.resume(returning: release) }
                deadlines.cover(deadline)
            }
        } onCancel: {
            withdraw(ticket, .cancelled)
        }
    }

    private func withdraw(_ ticket: UInt64, _ reason: Release) {
        let (waiter, wakeUps) = state.withLock { state in
            let waiter = state.publishers.removeValue(forKey: ticket)?.waiter
            if waiter == nil, state.table.isWaiting(ticket) { state.withdrawn.insert(ticket) }
            return (waiter, state.perform(state.table.withdraw(ticket)))
        }
        waiter?.resume(returning: reason)
        wakeUps.perform()
    }

    private func expire(at now: Instant) -> Instant? {
        let late = state.withLock { $0.publishers.filter { $0.value.deadline <= now }.keys }
        for ticket in late { withdraw(ticket, .tooLate) }
        return state.withLock { $0.publishers.values.lazy.map(\.deadline).min() }
    }

    private func change(_ rule: (inout TopicTable) -> [TopicTable.Action]) {
        state.withLock { $0.perform(rule(&$0.table)) }.perform()
    }
}

/// A subscriber kept the publisher waiting for longer than a call may take.
struct TopicIsSlow: Error {}

extension TopicExchange {
    /// Whom to resume, once the lock is free.
    fileprivate struct WakeUps: Sendable {
        var readers: [(reader: Suspension<TopicBatch?>, batch: TopicBatch?)] = []
        var publishers: [Suspension<Release>] = []

        func perform() {
            for (reader, batch) in readers { reader.resume(returning: batch) }
            for publisher in publishers { publisher.resume(returning: .hasRoom) }
        }
    }
}

extension TopicExchange.State {
    fileprivate mutating func perform(_ actions: [TopicTable.Action]) -> TopicExchange.WakeUps {
        var wakeUps = TopicExchange.WakeUps()
        for action in actions {
            switch action {
            case .deliver(let batch, let number):
                if let reader = readers.removeValue(forKey: number) { wakeUps.readers.append((reader, batch)) }
            case .end(let number):
                if let reader = readers.removeValue(forKey: number) { wakeUps.readers.append((reader, nil)) }
            case .release(let ticket):
                if let publisher = publishers.removeValue(forKey: ticket) {
                    wakeUps.publishers.append(publisher.waiter)
                }
            }
        }
        return wakeUps
    }
}
