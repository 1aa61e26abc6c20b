/// Topics, who has subscribed to them, and what waits for whom. In the primary.
///
/// A process that has ended has no subscriptions and gets none, however late its wish comes.
package struct TopicTable: Sendable {
    /// What has to be told to whom.
    package enum Action: Equatable, Sendable {
        case deliver(TopicBatch, to: UInt64)
        /// The subscription has ended.
        case end(UInt64)
        /// The publisher with this ticket need not wait any longer.
        case release(UInt64)
    }

    package enum Reading: Equatable, Sendable {
        case batch(TopicBatch, [Action])
        /// The next message is delivered by an action.
        case wait
        case over
    }

    package struct Publication: Equatable, Sendable {
        /// Processes with subscribers.
        package var processes = 0
        /// Of a publisher that has to wait.
        package var ticket: UInt64?
        package var actions: [Action] = []
    }

    fileprivate struct Subject {
        let type: String
        /// By number, so in the order of subscription.
        var subscribers: [UInt64] = []
        /// How many of them each process has.
        var processes: [UInt64: Int] = [:]
        var last: [UInt8]?
        var lastUse: UInt64
    }

    private struct Subscriber {
        let topic: String
        let process: UInt64
        let token: UInt64
        var queue: TopicQueue
        var isReading = false
    }

    /// Who had no room for a message when it came.
    private struct Refusal {
        let subscribers: [UInt64]
        /// How many of them have none yet and are not gone.
        var count: Int
    }

    private let batchBytes: Int
    private let lastBytesLimit: Int
    private var subjects: [String: Subject] = [:]
    private var subscribers: [UInt64: Subscriber] = [:]
    /// The subscriptions of each process that lives.
    private var processes: [UInt64: Set<UInt64>] = [:]
    /// By the ticket of the publisher that waits.
    private var waiting: [UInt64: Refusal] = [:]
    private var lastNumber: UInt64 = 0
    private var lastBytes = 0

    /// `batchBytes`: of the messages that are delivered together, if there is more than one.
    package init(batchBytes: Int = Limits.topicBatchBytes, lastBytes: Int = Limits.topicLastBytes) {
        (self.batchBytes, lastBytesLimit) = (batchBytes, lastBytes)
    }

    package var subscriptionCount: Int { subscribers.count }
    package var topicCount: Int { subjects.count }
    package var waitingPublishers: Int { waiting.count }

    // MARK: Processes

    package mutating func began(_ process: UInt64) { processes[process] = [] }

    package mutating func ended(_ process: UInt64) -> [Action] {
        (processes.removeValue(forKey: process) ?? []).sorted().flatMap { remove($0) }
    }

    /// Nobody subscribes any more.
    package mutating func finish() -> [Action] { processes.keys.sorted().flatMap { ended($0) } }

    // MARK: Subscribers

    /// A new subscription's number; `nil`: the process is gone.
    package mutating func subscribe(_ wish: SubscriptionWish) throws(TopicError) -> UInt64? {
        guard let siblings = processes[wish.process] else { return nil }
        guard siblings.count < Limits.subscriptions else { throw .tooManySubscriptions(limit: Limits.subscriptions) }
        guard (1...Limits.topicBuffer).contains(wish.buffer) else {
            throw .invalid("a subscription's buffer has 1 to \(Limits.topicBuffer) messages, not \(wish.buffer)")
        }
        try use(wish.topic, wish.type)
        lastNumber += 1
        var queue = TopicQueue(limit: wish.buffer, overflow: wish.overflow)
        if wish.latest, let last = subjects[wish.topic]?.last { _ = queue.append(last, ticket: 0) }
        subscribers[lastNumber] = Subscriber(
            topic: wish.topic, process: wish.process, token: wish.token, queue: queue)
        processes[wish.process]?.insert(lastNumber)
        subjects[wish.topic]?.subscribers.append(lastNumber)
        subjects[wish.topic]?.processes[wish.process, default: 0] += 1
        return lastNumber
    }

    package mutating func unsubscribe(_ number: UInt64) -> [Action] {
        if let process = subscribers[number]?.process { processes[process]?.remove(number) }
        return remove(number)
    }

    /// For who has not got the number.
    package mutating func unsubscribe(token: UInt64, of process: UInt64) -> [Action] {
        let own = processes[process] ?? []
        guard let number = own.first(where: { subscribers[$0]?.token == token }) else { return [] }
        return unsubscribe(number)
    }

    private mutating func remove(_ number: UInt64) -> [Action] {
        guard let subscriber = subscribers.removeValue(forKey: number) else { return [] }
        subjects[subscriber.topic]?.remove(number, of: subscriber.process)
        return [.end(number)] + release(subscriber.queue.waiting)
    }

    // MARK: Messages

    package mutating func publish(
        _ message: [UInt8], to topic: String, type: String
    ) throws(TopicError) -> Publication {
        try use(topic, type)
        keep(message, asLastOf: topic)
        var publication = Publication()
        guard let subject = subjects[topic] else { return publication }
        publication.processes = subject.processes.count
        lastNumber += 1
        var refusers: [UInt64] = []
        for number in subject.subscribers {
            guard var subscriber = subscribers.removeValue(forKey: number) else { continue }
            if !subscriber.queue.append(message, ticket: lastNumber) { refusers.append(number) }
            if subscriber.isReading {
                let (batch, released) = take(&subscriber)
                publication.actions.append(.deliver(batch, to: number))
                subscriber.isReading = false
                subscribers[number] = subscriber
                publication.actions += release(released)
            } else {
                subscribers[number] = subscriber
            }
        }
        if !refusers.isEmpty {
            waiting[lastNumber] = Refusal(subscribers: refusers, count: refusers.count)
            publication.ticket = lastNumber
        }
        return publication
    }

    /// The publisher does not wait any longer: its message goes to those only that had room for it.
    package mutating func withdraw(_ ticket: UInt64) -> [Action] {
        guard let refusal = waiting.removeValue(forKey: ticket) else { return [] }
        var released: [UInt64] = []
        for number in refusal.subscribers { released += subscribers[number]?.queue.withdraw(ticket) ?? [] }
        return release(released)
    }

    package func isWaiting(_ ticket: UInt64) -> Bool { waiting[ticket] != nil }

    package mutating func read(_ number: UInt64) -> Reading {
        guard var subscriber = subscribers.removeValue(forKey: number) else { return .over }
        defer { subscribers[number] = subscriber }
        guard !subscriber.queue.isEmpty else {
            subscriber.isReading = true
            return .wait
        }
        let (batch, released) = take(&subscriber)
        return .batch(batch, release(released))
    }

    /// Messages that wait for a subscriber and have room.
    package func waitingMessages(for number: UInt64) -> Int { subscribers[number]?.queue.count ?? 0 }

    private func take(_ subscriber: inout Subscriber) -> (TopicBatch, released: [UInt64]) {
        let (values, released) = subscriber.queue.take(count: Limits.topicBatch, bytes: batchBytes)
        return (TopicBatch(values: values, dropped: subscriber.queue.dropped), released)
    }

    private mutating func release(_ tickets: [UInt64]) -> [Action] {
        tickets.compactMap { ticket in
            guard var refusal = waiting[ticket] else { return nil }
            refusal.count -= 1
            waiting[ticket] = refusal.count > 0 ? refusal : nil
            return refusal.count > 0 ? nil : .release(ticket)
        }
    }

    // MARK: Topics

    /// Sees that there is such a topic, with this type of message.
    private mutating func use(_ topic: String, _ type: String) throws(TopicError) {
        lastNumber += 1
        if let known = subjects[topic] {
            guard known.type == type else { throw .otherType(topic: topic, is: known.type, not: type) }
            subjects[topic]?.lastUse = lastNumber
            return
        }
        guard (1...Limits.topicName).contains(topic.utf8.count) else {
            throw .invalid("a topic's name has 1 to \(Limits.topicName) bytes, not \(topic.utf8.count)")
        }
        if subjects.count == Limits.topics { try forgetOne() }
        subjects[topic] = Subject(type: type, lastUse: lastNumber)
    }

    /// Of those without subscribers the one whose last use is longest ago.
    private mutating func forgetOne() throws(TopicError) {
        let idle = subjects.lazy.filter { $0.value.subscribers.isEmpty }
        guard let oldest = idle.min(by: { $0.value.lastUse < $1.value.lastUse })?.key else {
            throw .tooManyTopics(limit: Limits.topics)
        }
        lastBytes -= subjects[oldest]?.last?.count ?? 0
        subjects[oldest] = nil
    }

    private mutating func keep(_ message: [UInt8], asLastOf topic: String) {
        lastBytes += message.count - (subjects[topic]?.last?.count ?? 0)
        subjects[topic]?.last = message
        while lastBytes > lastBytesLimit {
            let kept = subjects.lazy.filter { $0.value.last != nil && $0.key != topic }
            guard let oldest = kept.min(by: { $0.value.lastUse < $1.value.lastUse })?.key else { return }
            lastBytes -= subjects[oldest]?.last?.count ?? 0
            subjects[oldest]?.last = nil
        }
    }
}

extension TopicTable.Subject {
    fileprivate mutating func remove(_ number: UInt64, of process: UInt64) {
        subscribers.removeAll { $0 == number }
        let left = (processes[process] ?? 1) - 1
        processes[process] = left > 0 ? left : nil
    }
}

/// What a subscriber asks for.
package struct SubscriptionWish: Codable, Sendable {
    package var topic: String
    /// The full name of its messages' type.
    package var type: String
    /// The incarnation of its process.
    package var process: UInt64
    /// By which that process can end it without having got its number.
    package var token: UInt64 = 0
    package var buffer = Limits.topicBufferDefault
    package var overflow = TopicOverflow.dropOldest
    package var latest = false

    package init(topic: String, type: String, process: UInt64) {
        (self.topic, self.type, self.process) = (topic, type, process)
    }
}

/// Messages for a subscriber, in order.
package struct TopicBatch: Codable, Equatable, Sendable {
    package var values = PackedValues()
    /// How many others it has not got, since its beginning.
    package var dropped: UInt64 = 0

    package init(values: PackedValues = PackedValues(), dropped: UInt64 = 0) {
        (self.values, self.dropped) = (values, dropped)
    }
}
