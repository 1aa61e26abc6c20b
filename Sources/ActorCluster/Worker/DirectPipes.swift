import ProcessIO

/// In a worker: its pipes to other workers, through which calls go that the primary would have to pass on. On the event
/// loop, but for what says otherwise.
final class DirectPipes: Sendable {
    struct State {
        /// By their numbers; those that have ended too, as long as methods run that came through them.
        var pipes: [UInt64: DirectPipe] = [:]
        /// This process finishes its calls.
        var onDrained: (@Sendable () -> Void)?
        /// Calls that have been answered through pipes that are gone.
        var served: UInt64 = 0
    }

    private struct Ways {
        var routes = DirectRoutes()
        /// By the numbers of their pipes.
        var peers: [UInt64: Peer] = [:]
    }

    let system: ClusterActorSystem
    let upstream: Peer
    let loop: EventLoop
    let state = LoopConfined(State())
    private let ways = Lock(Ways())
    /// Runs a call.
    private let take: @Sendable (IncomingCall, Peer) -> Void
    private let receptionist: Receptionist

    init(
        _ system: ClusterActorSystem, upstream: Peer, loop: EventLoop,
        take: @escaping @Sendable (IncomingCall, Peer) -> Void
    ) {
        (self.system, self.upstream, self.loop, self.take) = (system, upstream, loop, take)
        receptionist = Receptionist(actorSystem: system)
    }

    /// Any thread.
    var pipeCounts: DirectPipeCounts {
        ways.withLock {
            DirectPipeCounts(open: $0.peers.count, used: $0.routes.usedCount, lostEnds: $0.routes.lostEnds)
        }
    }

    /// Any thread.
    var peers: [Peer] { ways.withLock { Array($0.peers.values) } }

    var all: [DirectPipe] { state.with(loop) { Array($0.pipes.values) } }

    // MARK: Getting one

    /// The primary passes a call on to this process. Any thread.
    func wanted(_ process: UInt64) {
        switch ways.withLock({ $0.routes.wanted(process, at: MonotonicClock.now) }) {
        case .ask: upstream.send(OutgoingFrame(.introduce, FrameNumbers(process)))
        case .use(let number):
            loop.execute {
                if let pipe = self.state.with(self.loop, { $0.pipes[number] }) { self.switchOver(pipe) }
            }
        case nil: break
        }
    }

    /// The primary has sent an end.
    func introduced(_ frame: IncomingFrame) throws {
        let worker = try Body.decode(WorkerID.self, from: frame.body)
        let (process, number) = (frame.numbers.first, frame.numbers.second)
        guard worker.incarnation == process else { throw ProtocolViolation.unreadable(.introduced) }
        let end: SharedDescriptor?
        switch frame.descriptors {
        case .group(let group): end = group.all.first
        case .lost: end = nil
        case nil: throw ProtocolViolation.strayDescriptors
        }
        let descriptor = end?.take()
        let isLost = descriptor == nil
        let isWanted = ways.withLock {
            $0.routes.introduced(to: process, number: number, isLost: isLost, at: MonotonicClock.now)
        }
        guard isWanted, let descriptor else { return part(from: process, number) }
        open(DirectPipe(Socket(descriptor), to: worker, number: number, of: self))
    }

    private func open(_ pipe: DirectPipe) {
        state.with(loop) { $0.pipes[pipe.number] = pipe }
        ways.withLock { $0.peers[pipe.number] = pipe.peer }
        do {
            try pipe.open()
        } catch {
            ended(pipe, isBroken: true)
        }
    }

    /// The primary does not introduce them.
    func refused(_ process: UInt64, _ why: UInt64) {
        let isForGood = why == Introducer.Refusal.never.rawValue
        ways.withLock { $0.routes.refused(process, forGood: isForGood, at: MonotonicClock.now) }
    }

    private func part(from process: UInt64, _ number: UInt64) {
        upstream.send(OutgoingFrame(.parted, FrameNumbers(process, number)))
    }

    // MARK: Using it

    func greeted(_ pipe: DirectPipe) {
        if ways.withLock({ $0.routes.greeted(pipe.process, number: pipe.number) }) { switchOver(pipe) }
    }

    func received(_ call: IncomingCall, from peer: Peer) { take(call, peer) }

    /// New calls wait at the pipe, until those that went by way of the primary have begun.
    private func switchOver(_ pipe: DirectPipe) {
        guard ways.withLock({ $0.routes.switches(pipe.process, number: pipe.number) }) else { return }
        system.routes.add(pipe.peer, incarnation: pipe.process)
        upstream.bypass(to: pipe.process)
        let (system, id) = (system, ActorID(scope: .incarnation(pipe.process), number: Receptionist.number))
        Task.detached {
            let error: (any Error)?
            do {
                let there = try Receptionist.resolve(id: id, using: system)
                try await withCallTimeout(nil) { try await there.reach() }
                error = nil
            } catch let failure {
                error = failure
            }
            self.loop.execute { self.hasAsked(pipe, error) }
        }
    }

    private func hasAsked(_ pipe: DirectPipe, _ error: (any Error)?) {
        guard let error else {
            if ways.withLock({ $0.routes.reached(pipe.process, number: pipe.number) }) { pipe.peer.takeCalls() }
            return
        }
        // The pipe ends as well, and knows how the calls end that wait there.
        if case .workerDied? = error as? CallError { return }
        let now = MonotonicClock.now
        guard ways.withLock({ $0.routes.notReached(pipe.process, number: pipe.number, at: now) }) else { return }
        goBack(pipe)
        pipe.peer.sendElsewhere()
    }

    /// Calls go by way of the primary again.
    private func goBack(_ pipe: DirectPipe) {
        upstream.endBypass(to: pipe.process)
        system.routes.remove(incarnation: pipe.process)
    }

    // MARK: Losing it

    func ended(_ pipe: DirectPipe, isBroken: Bool) {
        // Nobody waits for what the other one has asked for.
        pipe.peer.abandonRunning()
        part(from: pipe.process, pipe.number)
        let (process, number, now) = (pipe.process, pipe.number, MonotonicClock.now)
        switch ways.withLock({ $0.routes.ended(process, number: number, isBroken: isBroken, at: now) }) {
        case .unused: close(pipe, .unknown)
        case .used:
            upstream.endBypass(to: process)
            system.routes.setAside(incarnation: process)
            pipe.awaitEnd { status in
                self.close(pipe, status)
                self.system.routes.forget(pipe.peer)
            }
        case .broken:
            pipe.awaitEnd { status in
                self.close(pipe, status)
                self.goBack(pipe)
                self.ways.withLock { $0.routes.closed(pipe.process, number: pipe.number, at: MonotonicClock.now) }
            }
        }
    }

    private func close(_ pipe: DirectPipe, _ status: ExitStatus) {
        pipe.close(status)
        pipe.peer.drain { self.isDrained(pipe) }
    }

    /// The last method that came through it has ended.
    func isDrained(_ pipe: DirectPipe) {
        if pipe.isClosed, pipe.peer.isDrained {
            pipe.peer.endDraining()
            _ = ways.withLock { $0.peers.removeValue(forKey: pipe.number) }
            state.with(loop) { state in
                if state.pipes.removeValue(forKey: pipe.number) != nil { state.served += pipe.peer.counts().served }
            }
        }
        lookWhetherDrained()
    }

    /// There will be no new ones: this process leaves.
    func close() { ways.withLock { $0.routes.close() } }
}

/// A worker's pipes to other workers, counted.
package struct DirectPipeCounts: Codable, Equatable, Sendable {
    package var open = 0
    /// Calls of this process go through them, or wait to.
    package var used = 0
    /// Ends that could not be had, because this process had as many descriptors as it may.
    package var lostEnds: UInt64 = 0

    package init(open: Int = 0, used: Int = 0, lostEnds: UInt64 = 0) {
        (self.open, self.used, self.lostEnds) = (open, used, lostEnds)
    }
}

extension ClusterActorSystem {
    /// In a worker.
    package var directPipes: DirectPipeCounts { routes.direct?.pipeCounts ?? DirectPipeCounts() }
}
