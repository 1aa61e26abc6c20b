import Distributed
import ProcessIO

/// Tells the primary how this worker is: with each pong what `Vitals` has measured, and more when it asks for more.
/// The event loop's alone.
final class WorkerPulse: Sendable {
    private struct State {
        var vitals = Vitals()
        var root: (any HealthReporting)?
        /// Where what it throws is told.
        var report: (@Sendable (any Error) -> Void)?
        /// What the root actor said last.
        var details: [String: String] = [:]
        /// It has been asked and has not answered.
        var isChecking = false
        /// Who wants to know when it has, by the number of the question.
        var waiting: [CallID: HealthAnswer] = [:]
    }

    private let peer: Peer
    private let loop: EventLoop
    private let started = MonotonicClock.now
    private let state = LoopConfined(State())

    init(peer: Peer, loop: EventLoop) {
        self.peer = peer
        self.loop = loop
    }

    /// What `root` throws when it is asked goes to `report`.
    func begin(with root: any DistributedActor, report: @escaping @Sendable (any Error) -> Void) {
        guard let root = root as? any HealthReporting else { return }
        state.with(loop) { ($0.root, $0.report) = (root, report) }
    }

    // MARK: Pings

    /// So many calls have been answered until now.
    func pong(to ping: Ping, served: UInt64) -> Pong {
        let (now, jobs) = (MonotonicClock.now, loop.jobsBegun)
        var (pong, actions) = state.with(loop) { $0.vitals.received(ping, jobsBegun: jobs, at: now) }
        pong.callsServed = served
        for action in actions {
            switch action {
            case .probe: probe()
            case .askRoot: askRoot(counts: true)
            }
        }
        return pong
    }

    private func probe() {
        Task.detached(executorPreference: loop) {
            self.loop.execute { self.state.with(self.loop) { $0.vitals.probePassedLoop() } }
            await Task.detached {}.value
            self.loop.execute { self.state.with(self.loop) { $0.vitals.probePassed() } }
        }
    }

    // MARK: The root actor's own check

    /// One at a time: whoever asks meanwhile gets the answer that comes. `counts`: the primary judges by it.
    private func askRoot(counts: Bool) {
        let (root, report) = state.with(loop) { state -> ((any HealthReporting)?, (@Sendable (any Error) -> Void)?) in
            guard let root = state.root else { return (nil, nil) }
            if counts { state.vitals.checkBegan() }
            defer { state.isChecking = true }
            return state.isChecking ? (nil, nil) : (root, state.report)
        }
        guard let root else { return }
        Task.detached(executorPreference: loop) {
            var details: [String: String]?
            do {
                details = try await Self.details(of: root)
            } catch {
                report?(error)
            }
            self.loop.execute { [details] in self.rootAnswered(details) }
        }
    }

    private static func details(of root: any HealthReporting) async throws -> [String: String] {
        let details = try await root.healthCheck()
        let size = details.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard size <= Limits.healthDetails else { throw TooManyDetails(bytes: size) }
        return details
    }

    /// `nil`: it has thrown.
    private func rootAnswered(_ details: [String: String]?) {
        let waiting = state.with(loop) { state in
            state.isChecking = false
            state.vitals.checkEnded(hasThrown: details == nil)
            if let details { state.details = details }
            defer { state.waiting = [:] }
            return state.waiting
        }
        for answer in waiting.values { answer.rootAnswered(on: loop) }
    }

    // MARK: Questions

    /// Answers when new work has got a thread of the loop, where methods begin, and one of Swift's own, where they go
    /// on, and when the root actor has said how it is; or after `Limits.executorProbe` with what is known by then.
    func answer(_ id: CallID, _ counts: @escaping @Sendable () -> (served: UInt64, running: Int)) {
        let asked = MonotonicClock.now
        let hasRoot = state.with(loop) { $0.root != nil }
        let answer = HealthAnswer(waitsForRoot: hasRoot) { self.send(id, counts(), lag: $0) }
        Task.detached(executorPreference: loop) {
            await Task.detached {}.value
            let lag = MonotonicClock.now - asked
            self.loop.execute { answer.executorAnswered(lag, on: self.loop) }
        }
        if hasRoot {
            state.with(loop) { $0.waiting[id] = answer }
            askRoot(counts: false)
        }
        _ = loop.schedule(at: asked + Limits.executorProbe) {
            self.state.with(self.loop) { $0.waiting[id] = nil }
            answer.timeIsOver(MonotonicClock.now - asked, on: self.loop)
        }
    }

    private func send(_ id: CallID, _ counts: (served: UInt64, running: Int), lag: Duration) {
        let report = HealthReport(
            uptime: MonotonicClock.now - started, residentMemory: residentMemory(), callsServed: counts.served,
            callsInFlight: counts.running, executorLag: lag, details: state.with(loop) { $0.details })
        guard let body = try? Body.encode(report) else { return }
        peer.send(.reply(id: id, body: body))
    }
}

private struct TooManyDetails: Error, CustomStringConvertible {
    let bytes: Int

    var description: String {
        "healthCheck() returned \(bytes) bytes of details, and \(Limits.healthDetails) may be: leave some out"
    }
}

/// The answer to one question, given once.
private final class HealthAnswer: Sendable {
    private struct State {
        var lag: Duration?
        var waitsForRoot: Bool
        var give: (@Sendable (Duration) -> Void)?
    }

    private let state: LoopConfined<State>

    init(waitsForRoot: Bool, _ give: @escaping @Sendable (Duration) -> Void) {
        state = LoopConfined(State(waitsForRoot: waitsForRoot, give: give))
    }

    func executorAnswered(_ lag: Duration, on loop: EventLoop) {
        state.with(loop) { $0.lag = $0.lag ?? lag }
        giveIfComplete(on: loop)
    }

    func rootAnswered(on loop: EventLoop) {
        state.with(loop) { $0.waitsForRoot = false }
        giveIfComplete(on: loop)
    }

    func timeIsOver(_ lag: Duration, on loop: EventLoop) {
        state.with(loop) { ($0.lag, $0.waitsForRoot) = ($0.lag ?? lag, false) }
        giveIfComplete(on: loop)
    }

    private func giveIfComplete(on loop: EventLoop) {
        let (lag, give) = state.with(loop) { state -> (Duration?, (@Sendable (Duration) -> Void)?) in
            guard state.lag != nil, !state.waitsForRoot else { return (nil, nil) }
            defer { state.give = nil }
            return (state.lag, state.give)
        }
        if let lag { give?(lag) }
    }
}
