import ProcessIO

/// What a worker wants of a listener.
struct ListenerWish: Codable, Sendable {
    var name: String
    var process: UInt64
    /// Connections that it will have at once.
    var limit: Int?
    /// It serves the descriptor by itself.
    var isForDescriptor = false
}

/// What a worker needs to serve a listener.
struct ListenerGrant: Codable, Sendable {
    let listener: UInt64
    let limit: Int?
    /// To accept from; `nil`: the primary hands its connections over.
    let descriptor: PassedDescriptor?
}

/// The answer to a wish; neither: there is nothing to serve any more.
struct ListenerAnswer: Codable, Sendable {
    struct Failure: Codable, Sendable {
        let address: SocketAddress
        let call: String
        let errno: Int32
    }

    var grant: ListenerGrant?
    var failure: Failure?
}

/// What a worker has had to do with one listener's connections.
struct ConnectionReport: Codable, Hashable, Sendable {
    let name: String
    let begun: UInt64
    let ended: UInt64
    let pauses: UInt64
}

/// The cluster's listeners, and which processes serve them. Any thread of the primary.
package final class ConnectionExchange: Sendable {
    fileprivate struct Process {
        let worker: WorkerID
        let pool: UInt32
        let tell: @Sendable (ClusterEvent.Kind) -> Void
        let report: @Sendable (ConnectionStatistics) -> Void
        var isLeaving = false
        /// Whose descriptor it has, or whose connections it takes.
        var serves: Set<UInt64> = []
    }

    fileprivate struct Seeker {
        let wish: ListenerWish
        let waiter: Suspension<UInt64?>
    }

    fileprivate struct State {
        var listeners: [UInt64: OpenListener] = [:]
        var processes: [UInt64: Process] = [:]
        var seekers: [UInt64: Seeker] = [:]
        var last: UInt64 = 0
        var isOver = false

        mutating func nextNumber() -> UInt64 {
            last += 1
            return last
        }

        /// The one that the wish is about.
        func number(for wish: ListenerWish) -> UInt64? {
            guard let pool = processes[wish.process]?.pool else { return nil }
            return listeners.first { $0.value.pool == pool && $0.value.name == wish.name }?.key
        }
    }

    private let state = Lock(State())

    package init() {}

    // MARK: Listeners

    func add(_ listener: OpenListener) throws(ClusterError) -> UInt64 {
        let result = state.withLock { state -> Result<(UInt64, [Seeker]), ClusterError> in
            if state.isOver { return .failure(.stopped) }
            guard !state.listeners.values.contains(where: { $0.pool == listener.pool && $0.name == listener.name })
            else { return .failure(.invalidOption("the pool has a listener \"\(listener.name)\" already")) }
            let number = state.nextNumber()
            state.listeners[number] = listener
            let found = state.seekers.filter { state.number(for: $0.value.wish) == number }.keys
            return .success((number, found.compactMap { state.seekers.removeValue(forKey: $0) }))
        }
        guard case .success(let (number, seekers)) = result else {
            listener.close(hard: true)
            _ = try result.get()
            return 0
        }
        for seeker in seekers { seeker.waiter.resume(returning: number) }
        return number
    }

    func close(_ number: UInt64) {
        let listener = state.withLock { $0.listeners.removeValue(forKey: number) }
        listener?.close(hard: true)
    }

    /// The pool stops; its workers accept no more when they are asked to drain.
    func close(pool: UInt32) {
        let closed = state.withLock { state in
            let numbers = state.listeners.filter { $0.value.pool == pool }.keys
            return numbers.compactMap { state.listeners.removeValue(forKey: $0) }
        }
        for listener in closed { listener.close(hard: false) }
    }

    /// The cluster has stopped.
    func finish() {
        let (listeners, seekers) = state.withLock { state in
            defer { (state.listeners, state.seekers, state.processes, state.isOver) = ([:], [:], [:], true) }
            return (state.listeners.values, state.seekers.values)
        }
        for listener in listeners { listener.close(hard: false) }
        for seeker in seekers { seeker.waiter.resume(returning: nil) }
    }

    func statistics(of number: UInt64) -> ListenerStatistics {
        state.withLock { $0.listeners[number] }?.handOver?.statistics ?? ListenerStatistics()
    }

    // MARK: Processes

    /// `tell` publishes what happens to it; `report` takes what it has had to do with connections.
    func began(
        _ worker: WorkerID, pool: UInt32, tell: @escaping @Sendable (ClusterEvent.Kind) -> Void,
        report: @escaping @Sendable (ConnectionStatistics) -> Void
    ) {
        state.withLock { state in
            guard !state.isOver else { return }
            state.processes[worker.incarnation] = Process(worker: worker, pool: pool, tell: tell, report: report)
        }
    }

    /// It is asked to leave: it gets no connection any more.
    func leaves(_ worker: WorkerID) {
        let process = worker.incarnation
        let (served, seekers) = state.withLock { state in
            state.processes[process]?.isLeaving = true
            let seeking = state.seekers.filter { $0.value.wish.process == process }.keys
            return (
                state.served(by: process), seeking.compactMap { state.seekers.removeValue(forKey: $0) }
            )
        }
        for handOver in served { handOver.leaves(process) }
        for seeker in seekers { seeker.waiter.resume(returning: nil) }
    }

    func ended(_ worker: WorkerID) {
        leaves(worker)
        state.withLock { _ = $0.processes.removeValue(forKey: worker.incarnation) }
    }

    func isSuspect(_ worker: WorkerID) {
        for handOver in state.withLock({ $0.served(by: worker.incarnation) }) { handOver.isSuspect(worker.incarnation) }
    }

    func recovered(_ worker: WorkerID) {
        for handOver in state.withLock({ $0.served(by: worker.incarnation) }) { handOver.recovered(worker.incarnation) }
    }

    /// No process will fill it.
    func slotIsOver(_ slot: Int, pool: UInt32) {
        for listener in state.withLock({ $0.listeners.values.filter { $0.pool == pool } }) { listener.slotIsOver(slot) }
    }

    // MARK: Wishes

    /// Waits until there is such a listener.
    nonisolated(nonsending) func open(_ wish: ListenerWish) async -> ListenerAnswer {
        guard let number = await find(wish) else { return ListenerAnswer() }
        let (listener, process, isFirst) = state.withLock { state in
            (
                state.listeners[number], state.processes[wish.process],
                state.processes[wish.process]?.serves.insert(number).inserted ?? false
            )
        }
        guard let listener, let process, !process.isLeaving else { return ListenerAnswer() }
        do throws(SystemError) {
            let descriptor = try listener.descriptor(forSlot: process.worker.slot)
            let limit = [listener.limit, wish.limit].compactMap { $0 }.min()
            if isFirst { process.tell(.listening(listener.address)) }
            if !wish.isForDescriptor {
                listener.handOver?.serves(wish.process, slot: process.worker.slot, limit: limit)
            }
            return ListenerAnswer(
                grant: ListenerGrant(
                    listener: number, limit: limit, descriptor: descriptor.map { PassedDescriptor($0) }))
        } catch {
            return ListenerAnswer(failure: .init(address: listener.address, call: error.call, errno: error.code))
        }
    }

    private nonisolated(nonsending) func find(_ wish: ListenerWish) async -> UInt64? {
        let ticket = state.withLock { $0.nextNumber() }
        return await withTaskCancellationHandler {
            await suspended { (waiter: Suspension<UInt64?>) in
                let (number, mustWait) = state.withLock { state -> (UInt64?, Bool) in
                    guard state.processes[wish.process]?.isLeaving == false else { return (nil, false) }
                    if let number = state.number(for: wish) { return (number, false) }
                    state.seekers[ticket] = Seeker(wish: wish, waiter: waiter)
                    return (nil, true)
                }
                if !mustWait { return waiter.resume(returning: number) }
                if Task.isCancelled { withdraw(ticket) }
            }
        } onCancel: {
            withdraw(ticket)
        }
    }

    private func withdraw(_ ticket: UInt64) {
        state.withLock { $0.seekers.removeValue(forKey: ticket) }?.waiter.resume(returning: nil)
    }

    func handOver(_ listener: UInt64) -> ConnectionHandOver? { state.withLock { $0.listeners[listener] }?.handOver }

    func report(_ reports: [ConnectionReport], of process: UInt64) {
        let (record, listeners) = state.withLock { state in
            (
                state.processes[process],
                reports.map { report in
                    state.listeners.values.first { $0.name == report.name && $0.pool == state.processes[process]?.pool }
                }
            )
        }
        guard let record else { return }
        var statistics = ConnectionStatistics()
        for (report, listener) in zip(reports, listeners) {
            listener?.handOver?.ended(process, report.ended)
            statistics.add(report)
        }
        record.report(statistics)
    }
}

extension ConnectionExchange.State {
    /// Listeners whose connections are handed to the process.
    fileprivate func served(by process: UInt64) -> [ConnectionHandOver] {
        processes[process]?.serves.compactMap { listeners[$0]?.handOver } ?? []
    }
}

extension ConnectionStatistics {
    fileprivate mutating func add(_ report: ConnectionReport) {
        active += Int(clamping: report.begun - min(report.ended, report.begun))
        total += report.begun
        pauses += report.pauses
    }
}
