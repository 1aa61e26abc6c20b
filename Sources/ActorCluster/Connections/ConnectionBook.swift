package import ProcessIO

/// Who gets which of the connections that the primary accepts for one listener.
///
/// A connection goes to the worker whose turn it is, if that has room, and is *handed over* from then until the worker says that
/// it takes it. Till then it can go to another one, because its worker has died, leaves, does not answer or is too slow; and
/// whoever takes it after that is told that it is not his any more. So each is taken once, and none is lost with a worker
/// that has not taken it.
package struct ConnectionBook: Equatable, Sendable {
    package enum Action: Equatable, Sendable {
        /// The answer to the question with this ticket.
        case give(_ connection: UInt64, to: UInt64)
        /// The same: none will come.
        case end(UInt64)
        /// The primary has nothing to do with it any more.
        case letGo(UInt64)
    }

    private struct Worker: Equatable {
        let process: UInt64
        let slot: Int
        /// Connections that it may have at once.
        let limit: Int?
        /// Its questions without an answer, in order.
        var tickets: [UInt64] = []
        /// Handed over, in order, and not told yet, because it has not asked.
        var untold: [UInt64] = []
        /// The same, told or not.
        var untaken = 0
        var taken: UInt64 = 0
        var ended: UInt64 = 0
        /// It does not answer pings.
        var isSuspect = false
        /// It has left one lying for too long, and has not asked since.
        var isSlow = false

        var load: Int { Int(clamping: taken - min(ended, taken)) + untaken }

        var hasRoom: Bool {
            !isSuspect && !isSlow && untaken < Limits.connectionsUntaken && limit.map { load < $0 } ?? true
        }
    }

    private struct HandOver: Equatable {
        let process: UInt64
        let since: Instant
        var isTold = false
    }

    private let isByLoad: Bool
    /// In order of slot and process.
    private var workers: [Worker] = []
    private var handedOver: [UInt64: HandOver] = [:]
    /// Those that no worker has room for, the oldest first.
    private var waiting: [UInt64] = []
    /// Whose turn it was last.
    private var last: (slot: Int, process: UInt64) = (-1, 0)
    package private(set) var isClosed = false
    /// How often one was taken back, to be given to another.
    package private(set) var takenBack: UInt64 = 0

    /// `isByLoad`: to the worker with the fewest connections; otherwise to each in turn.
    package init(isByLoad: Bool = false) { self.isByLoad = isByLoad }

    package static func == (left: ConnectionBook, right: ConnectionBook) -> Bool {
        left.isByLoad == right.isByLoad && left.workers == right.workers && left.handedOver == right.handedOver
            && left.waiting == right.waiting && left.last == right.last && left.isClosed == right.isClosed
            && left.takenBack == right.takenBack
    }

    /// The next connection would not have to wait here.
    package var hasRoom: Bool {
        !isClosed && waiting.isEmpty && handedOver.count < Limits.connectionsHeld && workers.contains { $0.hasRoom }
    }
    /// Connections that no worker has taken.
    package var untaken: Int { handedOver.count + waiting.count }
    /// When one has been left lying for too long.
    package var nextDeadline: Instant? {
        handedOver.values.lazy.map(\.since).min().map { $0 + Limits.connectionHandOver }
    }

    /// Connections that a worker has: those that it has taken, and those it may take.
    package func load(of process: UInt64) -> Int? { index(of: process).map { workers[$0].load } }

    // MARK: Workers

    /// It is ready, and reads this listener's connections. Once.
    package mutating func serves(_ process: UInt64, slot: Int, limit: Int?, at now: Instant) -> [Action] {
        guard !isClosed, index(of: process) == nil else { return [] }
        let place = workers.firstIndex { ($0.slot, $0.process) > (slot, process) } ?? workers.endIndex
        workers.insert(Worker(process: process, slot: slot, limit: limit), at: place)
        return spread(at: now)
    }

    /// It asks for a connection; the answer goes to the ticket. `ended`: how many of those that it has taken.
    package mutating func asks(
        _ process: UInt64, ticket: UInt64, ended: UInt64, at now: Instant
    ) -> [Action] {
        guard !isClosed, let index = index(of: process) else { return [.end(ticket)] }
        workers[index].isSlow = false
        workers[index].tickets.append(ticket)
        var actions: [Action] = []
        if !workers[index].untold.isEmpty { actions.append(tell(workers[index].untold.removeFirst(), index)) }
        return actions + self.ended(process, ended, at: now)
    }

    /// Nobody waits for the answer any more.
    package mutating func withdraw(_ ticket: UInt64) {
        for index in workers.indices { workers[index].tickets.removeAll { $0 == ticket } }
    }

    /// It wants to use one that it was told of. False: that is another's now.
    package mutating func takes(_ connection: UInt64, _ process: UInt64, ended: UInt64, at now: Instant) -> (
        isIts: Bool, [Action]
    ) {
        guard let index = index(of: process), handedOver[connection]?.process == process,
            handedOver[connection]?.isTold == true
        else { return (false, self.ended(process, ended, at: now)) }
        handedOver[connection] = nil
        workers[index].untaken -= 1
        workers[index].taken += 1
        return (true, [.letGo(connection)] + self.ended(process, ended, at: now))
    }

    /// So many of those that it has taken are over.
    package mutating func ended(_ process: UInt64, _ count: UInt64, at now: Instant) -> [Action] {
        guard let index = index(of: process) else { return [] }
        workers[index].ended = max(workers[index].ended, count)
        return spread(at: now)
    }

    package mutating func isSuspect(_ process: UInt64, at now: Instant) -> [Action] {
        guard let index = index(of: process) else { return [] }
        workers[index].isSuspect = true
        takeBack { $0.process == process }
        return spread(at: now)
    }

    package mutating func recovered(_ process: UInt64, at now: Instant) -> [Action] {
        guard let index = index(of: process) else { return [] }
        workers[index].isSuspect = false
        return spread(at: now)
    }

    /// It takes no more, or is no more.
    package mutating func leaves(_ process: UInt64, at now: Instant) -> [Action] {
        guard let index = index(of: process) else { return [] }
        takeBack { $0.process == process }
        let tickets = workers.remove(at: index).tickets
        return tickets.map { .end($0) } + spread(at: now)
    }

    // MARK: Connections

    /// The number of one that has just been accepted must be higher than all before.
    package mutating func accepted(_ connection: UInt64, at now: Instant) -> [Action] {
        guard !isClosed else { return [.letGo(connection)] }
        waiting.append(connection)
        return spread(at: now)
    }

    /// Those that were left lying for too long go to others.
    package mutating func expire(at now: Instant) -> [Action] {
        let isLate = { (handOver: HandOver) in handOver.since + Limits.connectionHandOver <= now }
        for (_, handOver) in handedOver where isLate(handOver) {
            if let index = index(of: handOver.process), workers[index].tickets.isEmpty { workers[index].isSlow = true }
        }
        takeBack(where: isLate)
        return spread(at: now)
    }

    /// Nobody listens any more: those that nobody has taken are closed.
    package mutating func close() -> [Action] {
        isClosed = true
        let ends = workers.flatMap { $0.tickets.map { Action.end($0) } }
        let dropped = (Array(handedOver.keys) + waiting).sorted().map { Action.letGo($0) }
        (workers, handedOver, waiting) = ([], [:], [])
        return ends + dropped
    }

    // MARK: Turns

    private func index(of process: UInt64) -> Int? { workers.firstIndex { $0.process == process } }

    /// Hands over what waits, as far as there is room.
    private mutating func spread(at now: Instant) -> [Action] {
        var actions: [Action] = []
        while let connection = waiting.first, let index = choose() {
            waiting.removeFirst()
            last = (workers[index].slot, workers[index].process)
            workers[index].untaken += 1
            handedOver[connection] = HandOver(process: workers[index].process, since: now)
            if workers[index].tickets.isEmpty {
                workers[index].untold.append(connection)
            } else {
                actions.append(tell(connection, index))
            }
        }
        return actions
    }

    private mutating func tell(_ connection: UInt64, _ index: Int) -> Action {
        handedOver[connection]?.isTold = true
        return .give(connection, to: workers[index].tickets.removeFirst())
    }

    /// Whose turn it is.
    private func choose() -> Int? {
        let next = workers.firstIndex { ($0.slot, $0.process) > last } ?? 0
        let turn = workers.indices.map { (next + $0) % workers.count }.filter { workers[$0].hasRoom }
        // Of equal ones the first.
        return isByLoad ? turn.min { workers[$0].load < workers[$1].load } : turn.first
    }

    /// They wait again, before all that came later.
    private mutating func takeBack(where isMeant: (HandOver) -> Bool) {
        let back = handedOver.filter { isMeant($0.value) }
        guard !back.isEmpty else { return }
        for (connection, handOver) in back {
            handedOver[connection] = nil
            guard let index = index(of: handOver.process) else { continue }
            workers[index].untaken -= 1
            workers[index].untold.removeAll { $0 == connection }
        }
        takenBack += UInt64(back.count)
        waiting = (back.keys + waiting).sorted()
    }
}
