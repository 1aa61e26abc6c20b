import ProcessIO

/// A connection on its way to a worker.
struct HandedConnection: Codable, Sendable {
    let number: UInt64
    let descriptor: PassedDescriptor
    let client: SocketAddress
}

/// Performs what `ConnectionBook` decides for one listener: accepts its connections, and keeps each until a worker has taken
/// it. Any thread of the primary.
final class ConnectionHandOver: Sendable {
    fileprivate struct Held {
        let descriptor: SharedDescriptor
        let client: SocketAddress
    }

    fileprivate struct State {
        var book: ConnectionBook
        var held: [UInt64: Held] = [:]
        var asking: [UInt64: Suspension<HandedConnection?>] = [:]
        var lastTicket: UInt64 = 0
        var isAccepting = false
        var statistics = ListenerStatistics()
    }

    private let loop: EventLoop
    private let state: Lock<State>
    private let deadlines: DeadlineTimer
    private let acceptor: LoopConfined<Acceptor?> = LoopConfined(nil)

    init(_ socket: ListeningSocket, isByLoad: Bool, loop: EventLoop) {
        self.loop = loop
        state = Lock(State(book: ConnectionBook(isByLoad: isByLoad)))
        deadlines = DeadlineTimer(loop: loop)
        deadlines.onExpiry { [weak self] in self?.expire(at: $0) }
        loop.execute {
            let acceptor = Acceptor(
                socket, loop: loop, hasRoom: { [weak self] in self?.mayAccept() ?? false },
                accepted: { [weak self] in self?.accepted($0, from: $1) }, paused: { [weak self] in self?.paused() })
            self.acceptor.with(loop) { $0 = acceptor }
        }
    }

    var statistics: ListenerStatistics {
        state.withLock { state in
            var statistics = state.statistics
            (statistics.untaken, statistics.takenBack) = (state.book.untaken, state.book.takenBack)
            return statistics
        }
    }

    // MARK: Workers

    func serves(_ process: UInt64, slot: Int, limit: Int?) {
        change { $0.serves(process, slot: slot, limit: limit, at: $1) }
    }

    /// The next connection; `nil`: there is none for it any more, or its task is cancelled.
    nonisolated(nonsending) func next(for process: UInt64, ended: UInt64) async -> HandedConnection? {
        let ticket = state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        return await withTaskCancellationHandler {
            await suspended { (waiter: Suspension<HandedConnection?>) in
                state.withLock { $0.asking[ticket] = waiter }
                change { $0.asks(process, ticket: ticket, ended: ended, at: $1) }
                if Task.isCancelled { withdraw(ticket) }
            }
        } onCancel: {
            withdraw(ticket)
        }
    }

    private func withdraw(_ ticket: UInt64) {
        state.withLock { state in
            state.book.withdraw(ticket)
            return state.asking.removeValue(forKey: ticket)
        }?.resume(returning: nil)
    }

    func takes(_ connection: UInt64, _ process: UInt64, ended: UInt64) -> Bool {
        var isIts = false
        change { book, now in
            let (answer, actions) = book.takes(connection, process, ended: ended, at: now)
            isIts = answer
            return actions
        }
        return isIts
    }

    func ended(_ process: UInt64, _ count: UInt64) { change { $0.ended(process, count, at: $1) } }
    func isSuspect(_ process: UInt64) { change { $0.isSuspect(process, at: $1) } }
    func recovered(_ process: UInt64) { change { $0.recovered(process, at: $1) } }
    func leaves(_ process: UInt64) { change { $0.leaves(process, at: $1) } }

    func close() {
        change { book, _ in book.close() }
        loop.execute {
            self.deadlines.stop()
            self.acceptor.with(self.loop) { $0 }?.end()
            self.acceptor.with(self.loop) { $0 = nil }
        }
    }

    // MARK: Connections

    private func mayAccept() -> Bool {
        state.withLock { state in
            state.isAccepting = state.book.hasRoom
            return state.isAccepting
        }
    }

    private func accepted(_ descriptor: SharedDescriptor, from client: SocketName) {
        let number = state.withLock { state in
            state.statistics.accepted += 1
            state.held[state.statistics.accepted] = Held(descriptor: descriptor, client: SocketAddress(client))
            return state.statistics.accepted
        }
        change { $0.accepted(number, at: $1) }
    }

    private func paused() { state.withLock { $0.statistics.pauses += 1 } }

    private func expire(at now: Instant) -> Instant? {
        change { book, _ in book.expire(at: now) }
        return state.withLock { $0.book.nextDeadline }
    }

    private func change(_ rule: (inout ConnectionBook, Instant) -> [ConnectionBook.Action]) {
        let now = MonotonicClock.now
        let (outcome, mustAccept, deadline) = state.withLock { state in
            let outcome = state.perform(rule(&state.book, now))
            let mustAccept = !state.isAccepting && state.book.hasRoom
            if mustAccept { state.isAccepting = true }
            return (outcome, mustAccept, state.book.nextDeadline)
        }
        for (waiter, connection) in outcome.answers { waiter.resume(returning: connection) }
        if mustAccept { loop.execute { self.acceptor.with(self.loop) { $0 }?.begin() } }
        if let deadline { deadlines.cover(deadline) }
    }
}

extension ConnectionHandOver {
    /// What is done once the lock is free: whom to answer, and whose descriptors go.
    fileprivate struct Outcome {
        var answers: [(Suspension<HandedConnection?>, HandedConnection?)] = []
        var letGo: [SharedDescriptor] = []
    }
}

extension ConnectionHandOver.State {
    fileprivate mutating func perform(_ actions: [ConnectionBook.Action]) -> ConnectionHandOver.Outcome {
        var outcome = ConnectionHandOver.Outcome()
        for action in actions {
            switch action {
            case .give(let number, let ticket):
                guard let held = held[number], let waiter = asking.removeValue(forKey: ticket) else { continue }
                let connection = HandedConnection(
                    number: number, descriptor: PassedDescriptor(held.descriptor), client: held.client)
                outcome.answers.append((waiter, connection))
            case .end(let ticket):
                if let waiter = asking.removeValue(forKey: ticket) { outcome.answers.append((waiter, nil)) }
            case .letGo(let number):
                if let held = held.removeValue(forKey: number) { outcome.letGo.append(held.descriptor) }
            }
        }
        return outcome
    }
}
