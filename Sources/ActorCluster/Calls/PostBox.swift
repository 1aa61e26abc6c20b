package import ProcessIO

/// The one-way calls of this process to one peer: those that are collected, those that the peer has not carried out, and
/// those that wait because there are too many.
package struct PostBox<Waiter: Sendable>: Sendable {
    package enum Admission: Equatable, Sendable {
        case collected
        case waits
        case overloaded(waiting: Int, limit: Int)
    }

    private struct Waiting {
        let waiter: Waiter
        let post: [UInt8]
        let deadline: Instant
    }

    package var options = PostOptions()
    /// Of one frame's body.
    package var bodyLimit = Limits.frame
    private var collected: [UInt8] = []
    private var collectedCount = 0
    private var oldest = Instant.distantFuture
    /// Sizes of those that have not been carried out, the oldest first, those that are collected last.
    private var underWay = Queue<Int>()
    private var bytesUnderWay = 0
    private var waiting: [CallID: Waiting] = [:]
    /// In order of arrival; those that ended meanwhile are passed over.
    private var line = Queue<CallID>()
    package private(set) var statistics = PostStatistics()

    package init() {}

    package var hasCollected: Bool { collectedCount > 0 }
    package var waitingCount: Int { waiting.count }
    /// Collected or sent, and not carried out.
    package var underWayCount: Int { underWay.count }
    /// What is kept.
    package var bytes: Int { collected.count + waiting.values.reduce(0) { $0 + $1.post.count } }

    // MARK: Beginning

    /// Whether what is collected has to be sent before this is.
    package func isToBeSent(before post: [UInt8]) -> Bool {
        hasCollected && collected.count + post.count > bodyLimit
    }

    /// What is collected has to be sent now.
    package var isToBeSent: Bool { collectedCount >= options.count || collected.count >= options.bytes }

    /// When it has to be sent at the latest.
    package var sendAt: Instant { hasCollected ? oldest + options.delay : .distantFuture }

    /// True: it is collected.
    package mutating func add(_ post: [UInt8], at now: Instant) -> Bool {
        guard waiting.isEmpty, hasRoom(for: post) else { return false }
        collect(post, at: now)
        return true
    }

    /// The same for one that may wait.
    package mutating func add(
        _ id: CallID, _ post: [UInt8], _ waiter: Waiter, deadline: Instant, at now: Instant
    ) -> Admission {
        if add(post, at: now) { return .collected }
        guard waiting.count < Limits.callsWaiting else {
            return .overloaded(waiting: waiting.count, limit: Limits.callsWaiting)
        }
        waiting[id] = Waiting(waiter: waiter, post: post, deadline: deadline)
        line.append(id)
        return .waits
    }

    private func hasRoom(for post: [UInt8]) -> Bool {
        underWayCount == 0 || underWayCount < options.limit && bytesUnderWay + post.count <= Limits.postBytes
    }

    private mutating func collect(_ post: [UInt8], at now: Instant) {
        if !hasCollected { oldest = now }
        collected += post
        collectedCount += 1
        underWay.append(post.count)
        bytesUnderWay += post.count
        statistics.posted += 1
    }

    /// All that is collected, to be sent.
    package mutating func take() -> (body: [UInt8], count: Int) {
        defer { (collected, collectedCount, oldest) = ([], 0, .distantFuture) }
        return (collected, collectedCount)
    }

    // MARK: Going on

    /// The peer has carried out so many more, of which some failed.
    package mutating func carriedOut(_ count: UInt64, failed: UInt64) throws(ProtocolViolation) {
        guard failed <= count, count <= UInt64(underWayCount - collectedCount) else { throw .neverIssued(count) }
        for _ in 0..<count { bytesUnderWay -= underWay.removeFirst() ?? 0 }
        statistics.completed += count - failed
        statistics.failed += failed
    }

    /// The next of those that wait, if there is room for it now.
    package var next: [UInt8]? {
        mutating get {
            while let id = line.first {
                guard let entry = waiting[id] else {
                    line.removeFirst()
                    continue
                }
                return hasRoom(for: entry.post) ? entry.post : nil
            }
            return nil
        }
    }

    /// It is collected; whoever waited for that.
    package mutating func collectNext(at now: Instant) -> Waiter? {
        guard next != nil, let id = line.removeFirst(), let entry = waiting.removeValue(forKey: id) else { return nil }
        collect(entry.post, at: now)
        return entry.waiter
    }

    // MARK: Ending

    package mutating func cancel(_ id: CallID) -> Waiter? { waiting.removeValue(forKey: id)?.waiter }

    package mutating func expire(at now: Instant) -> [Waiter] {
        waiting.filter { $0.value.deadline <= now }.keys.sorted().compactMap { cancel($0) }
    }

    /// The earliest moment at which something is to be done.
    package var nextTime: Instant { waiting.values.reduce(sendAt) { min($0, $1.deadline) } }

    /// None that waits will be sent.
    package mutating func endWaiting() -> [Waiter] {
        defer { line = Queue() }
        return waiting.keys.sorted().compactMap { cancel($0) }
    }

    /// The peer is gone.
    package mutating func close() -> [Waiter] {
        statistics.lost += UInt64(underWayCount)
        (underWay, bytesUnderWay) = (Queue(), 0)
        _ = take()
        return endWaiting()
    }
}

/// The one-way calls of a peer that run in this process.
package struct ReceivedPosts: Equatable, Sendable {
    /// Set in their numbers, which are this process's own: the peer gives them none.
    private static let mark: UInt64 = 1 << 63

    private var last: UInt64 = 0
    private var running = 0
    /// That have ended, and the peer does not know.
    private var ended: UInt64 = 0
    private var failed: UInt64 = 0

    package init() {}

    package static func contains(_ id: CallID) -> Bool { id & mark != 0 }

    /// One has come. There must not be more than a correct peer sends.
    package mutating func arrived() throws(ProtocolViolation) -> CallID {
        guard running + Int(ended) < Limits.posts else { throw .tooManyCalls(limit: Limits.posts) }
        running += 1
        last += 1
        return last | Self.mark
    }

    package mutating func finished(failed isFailure: Bool) {
        running -= 1
        ended += 1
        if isFailure { failed += 1 }
    }

    /// Whether the peer is to be told now: in portions, and always once none runs.
    package var hasNews: Bool { ended > 0 && (running == 0 || ended >= Limits.postsToldAtOnce) }

    /// What it is told.
    package mutating func takeNews() -> (ended: UInt64, failed: UInt64)? {
        guard ended > 0 else { return nil }
        defer { (ended, failed) = (0, 0) }
        return (ended, failed)
    }
}
