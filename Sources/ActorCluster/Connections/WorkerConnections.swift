import Distributed
import ProcessIO

/// The connections of a worker process, of all listeners. Any thread.
final class WorkerConnections: Sendable {
    private struct State {
        var tallies: [String: ConnectionTally<Suspension<Void>>] = [:]
        var sources: [String: ConnectionSource] = [:]
        /// Until this worker is ready.
        var early: [UInt64: Suspension<Void>] = [:]
        var lastWaiter: UInt64 = 0
        var isReady = false
        var isDraining = false
        var isAbandoned = false
        /// Connections whose program may still finish them.
        var open: [UInt64: AwaitedDescriptor] = [:]
        /// Those that are about to be among them.
        var taking = 0
        var lastOpen: UInt64 = 0
        var whenOver: (@Sendable () -> Void)?
        var isReportDue = false

        mutating func takeEnd() -> (@Sendable () -> Void)? {
            guard isAbandoned || open.isEmpty && taking == 0 else { return nil }
            defer { whenOver = nil }
            return whenOver
        }

        mutating func takeWaiter(_ number: UInt64) -> Suspension<Void>? {
            if let waiter = early.removeValue(forKey: number) { return waiter }
            for name in Array(tallies.keys) {
                if let waiter = tallies[name]?.cancel(number) { return waiter }
            }
            return nil
        }
    }

    let system: ClusterActorSystem
    let loop: EventLoop
    private let reportError: @Sendable (any Error) -> Void
    private let state = Lock(State())

    init(system: ClusterActorSystem, loop: EventLoop, reportError: @escaping @Sendable (any Error) -> Void) {
        (self.system, self.loop, self.reportError) = (system, loop, reportError)
    }

    var process: UInt64 { system.identity.incarnation }
    var isDraining: Bool { state.withLock { $0.isDraining } }
    /// Tasks that wait until this worker is ready, or for a place.
    var waitingCount: Int {
        state.withLock { state in state.tallies.values.reduce(state.early.count) { $0 + $1.waitingCount } }
    }

    func desk() throws -> ConnectionDesk {
        try ConnectionDesk.resolve(id: ActorID(scope: .primary, number: ConnectionDesk.number), using: system)
    }

    /// The one source of a listener's connections in this process.
    func source(of name: String, limit: Int?) -> ConnectionSource {
        state.withLock { state in
            let source = state.sources[name] ?? ConnectionSource(name: name, limit: limit, of: self)
            state.sources[name] = source
            return source
        }
    }

    /// Whoever asks next gets another one.
    func forget(_ source: ConnectionSource, _ name: String) {
        state.withLock { if $0.sources[name] === source { $0.sources[name] = nil } }
    }

    func report(_ error: any Error) { reportError(error) }

    // MARK: The worker's life

    /// The primary knows that this worker is ready, before it hears anything that is sent from now on.
    func ready() {
        let early = state.withLock { state in
            state.isReady = true
            defer { state.early = [:] }
            return state.early.values
        }
        for waiter in early { waiter.resume() }
    }

    /// Returns also when this worker is to leave, or the task is cancelled.
    nonisolated(nonsending) func waitUntilReady() async {
        await wait { state, number, waiter in
            guard !state.isReady, !state.isDraining else { return false }
            state.early[number] = waiter
            return true
        }
    }

    /// No connection is taken any more.
    func drain() {
        let (sources, open, waiting) = state.withLock { state in
            state.isDraining = true
            let waiting = state.tallies.keys.flatMap { state.tallies[$0]?.takeWaiting() ?? [] }
            defer { state.early = [:] }
            return (state.sources.values, state.open.values, waiting + state.early.values)
        }
        for source in sources { source.drain() }
        for awaited in open { awaited.interrupt() }
        for waiter in waiting { waiter.resume() }
    }

    /// Nobody waits for those that are left.
    func abandon() { endIfOver { $0.isAbandoned = true } }

    /// Calls `done` when no connection is left.
    func whenOver(_ done: @escaping @Sendable () -> Void) { endIfOver { $0.whenOver = done } }

    private func endIfOver(_ rule: (inout State) -> Void) {
        let end = state.withLock { state in
            rule(&state)
            return state.takeEnd()
        }
        end?()
    }

    // MARK: Counting

    func begin(_ name: String) { change { $0.tallies[name, default: ConnectionTally()].begin() } }

    func end(_ name: String) { resume { $0.tallies[name]?.end() ?? [] } }

    func pause(_ name: String) { change { $0.tallies[name, default: ConnectionTally()].pause() } }

    func reserve(_ name: String, of limit: Int?) -> Bool {
        state.withLock { $0.tallies[name, default: ConnectionTally()].reserve(of: limit) }
    }

    func settle(_ name: String, isUsed: Bool) { resume { $0.tallies[name]?.settle(isUsed: isUsed) ?? [] } }

    func ended(_ name: String) -> UInt64 { state.withLock { $0.tallies[name]?.ended ?? 0 } }

    /// Returns when there may be a place, this worker is to leave, or the task is cancelled.
    nonisolated(nonsending) func waitForPlace(_ name: String, of limit: Int) async {
        await wait { state, number, waiter in
            !state.isDraining
                && state.tallies[name, default: ConnectionTally()].wait(waiter, number: number, for: limit)
        }
    }

    /// `keep` has the waiter resumed later, by its number when the task is cancelled; false: there is nothing to wait for.
    private nonisolated(nonsending) func wait(
        _ keep: @Sendable (inout State, UInt64, Suspension<Void>) -> Bool
    ) async {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await suspended { (waiter: Suspension<Void>) in
                let mustWait = state.withLock { state in keep(&state, number, waiter) }
                if !mustWait { return waiter.resume() }
                if Task.isCancelled { cancel(number) }
            }
        } onCancel: {
            cancel(number)
        }
    }

    private func cancel(_ number: UInt64) { state.withLock { $0.takeWaiter(number) }?.resume() }

    /// A connection is about to be taken, which nobody else can have then: this worker does not leave before `endTaking`.
    /// False: it takes none any more.
    func beginTaking() -> Bool {
        state.withLock { state in
            if !state.isDraining { state.taking += 1 }
            return !state.isDraining
        }
    }

    /// It is open, or was not to be had.
    func endTaking() { endIfOver { $0.taking -= 1 } }

    /// The program has one more connection to finish. Whoever waits for it idly is told when this worker is to leave.
    func opened(_ awaited: AwaitedDescriptor) -> UInt64 {
        let (number, isLate) = state.withLock { state in
            state.lastOpen += 1
            state.open[state.lastOpen] = awaited
            return (state.lastOpen, state.isDraining)
        }
        if isLate { awaited.interrupt() }
        return number
    }

    func closed(_ number: UInt64) { endIfOver { $0.open[number] = nil } }

    private func resume(_ rule: (inout State) -> [Suspension<Void>]) { for waiter in change(rule) { waiter.resume() } }

    private func change<Result>(_ rule: (inout State) -> Result) -> Result {
        let (result, isFirst) = state.withLock { state in
            let result = rule(&state)
            defer { state.isReportDue = true }
            return (result, !state.isReportDue)
        }
        if isFirst {
            loop.execute {
                _ = self.loop.schedule(at: MonotonicClock.now + Limits.connectionReports) {
                    Task.detached { await self.report() }
                }
            }
        }
        return result
    }

    /// Tells the primary how many there are.
    func report() async {
        let reports = state.withLock { state in
            state.isReportDue = false
            return state.tallies.map {
                ConnectionReport(name: $0, begun: $1.begun, ended: $1.ended, pauses: $1.pauses)
            }
        }
        guard !reports.isEmpty else { return }
        try? await CallScope.$current.withValue(CallScope(limit: .of(Limits.lastWords))) {
            try await desk().report(reports, of: process)
        }
    }
}
