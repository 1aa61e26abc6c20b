package import ProcessIO
import Synchronization

/// What a peer tells the owner of the pipe. On the event loop.
package protocol PeerOwner: AnyObject, Sendable {
    /// The peer has said hello, and what can be called there is known.
    func greeted(_ hello: Hello, by peer: Peer) throws
    /// A frame that is not about a call.
    func received(_ frame: IncomingFrame, from peer: Peer) throws
    func received(_ call: IncomingCall, from peer: Peer)
    /// While this process finishes its calls: whether others than those of `peer` are left.
    func hasWork(besides peer: Peer) -> Bool
    /// The numbers of the pong to a ping.
    func pong(to ping: FrameNumbers) -> FrameNumbers
    /// A question that the loop itself answers.
    func receivedHealthCheck(_ id: CallID, from peer: Peer) throws
    /// The pipe has ended; everything that came through it has been delivered. Called once.
    func disconnected(_ peer: Peer, _ violation: (any Error)?)
}

extension PeerOwner {
    package func hasWork(besides peer: Peer) -> Bool { false }
}

/// The other end of one pipe: the calls made to it, the calls it made, and the frames between.
package final class Peer: Sendable {
    typealias Waiter = Suspension<CallOutcome>

    enum Phase: Equatable {
        case open
        /// The pipe has ended, how the process did is not known yet. New calls wait for that.
        case disconnected
        case closed(ExitStatus)
    }

    /// Who writes what is queued.
    enum Writer {
        case none
        /// The loop's leader will at the end of its turn; another thread may be faster.
        case atEndOfTurn
        case thread
    }

    struct State {
        var phase = Phase.open
        var pending = PendingCalls<Waiter, CallRequest>()
        var running = RunningCalls<any IncomingWork>()
        var queue = WriteQueue()
        var writer = Writer.none
        var isFull = false
        /// It has been asked to finish its calls and leave. What is sent after that might never be read.
        var isDraining = false
        /// New calls wait: others, that go another way, have to be there first.
        var holdsCalls = false
        /// Processes to which the peer passes calls on no more, because there is a pipe to them.
        var bypassed: Set<UInt64> = []
        /// Calls that the worker has, as others know it.
        var load = 0
        var bytesSent: UInt64 = 0
        var framesSent: UInt64 = 0
        var holding = Holding.nothing
        var held = HeldRequests()
        /// The other end has been told that there will be descriptors.
        var hasAskedToPass = false
        var posts = PostBox<Waiter>()
        var receivedPosts = ReceivedPosts()
    }

    package let worker: WorkerID
    /// Who calls through it.
    let caller: Caller
    package let frameLimit: Int
    let loop: EventLoop
    let socket: Socket
    let state = Lock(State())
    let deadlines: DeadlineTimer
    let input: LoopConfined<PeerInput>
    /// Of this process.
    let targets: TargetTable
    /// There as soon as the peer has been greeted.
    let mapping = AtomicOnce<TargetMapping>()
    /// Frames that have come.
    let received = Atomic<UInt64>(0)
    let bytesReceived = Atomic<UInt64>(0)
    /// When something was read last, in nanoseconds.
    let heard = Atomic<Int64>(0)
    private let lastID = Atomic<UInt64>(0)
    let places: PeerPlaces
    /// As the worker has told last.
    let connections = ConnectionGauge()

    /// The pipe is not read before `open`. `pool`: of the worker at the other end, in the primary; `poolNumber`: its
    /// number; the primary itself has none, so 0.
    package init(
        _ socket: Socket, worker: WorkerID, poolNumber: UInt32, frameLimit: Int, targets: TargetTable, loop: EventLoop,
        pool: PoolRoutes? = nil
    ) {
        places = PeerPlaces(pool: pool)
        self.worker = worker
        caller = Caller(worker, pool: poolNumber)
        self.targets = targets
        self.frameLimit = frameLimit
        self.loop = loop
        self.socket = socket
        input = LoopConfined(PeerInput(limit: frameLimit))
        deadlines = DeadlineTimer(loop: loop)
    }

    /// Begins to read. On the loop.
    package func open(owner: any PeerOwner) throws(SystemError) {
        let watch = try loop.watch(socket.number, for: .readable, self)
        heard.store(MonotonicClock.now.nanoseconds, ordering: .relaxed)
        // Until `close`. A weak reference would make every other use of this object slow.
        deadlines.onExpiry { self.expire(at: $0) }
        input.with(loop) {
            $0.watch = watch
            $0.owner = owner
        }
    }

    // MARK: Calls to the peer

    /// The number of a call that is to be made.
    func nextID() -> CallID { lastID.wrappingAdd(1, ordering: .relaxed).newValue }

    /// The outcome if the call ends without having begun; `waiter` is resumed with it by the caller then.
    func begin(
        _ id: CallID, _ request: CallRequest, deadline: Instant, _ waiter: Waiter, holdsPlace: Bool
    ) -> CallOutcome? {
        let outcome = update { state -> CallOutcome? in
            defer { places.change(by: state.changeOfLoad() - (holdsPlace ? 1 : 0)) }
            if case .closed(let status) = state.phase { return .died(worker, status, .notSent) }
            if state.isDraining, !request.mayReachDraining { return .failure(Failure(.shuttingDown)) }
            if !state.bypassed.isEmpty, state.isBypassed(by: request) { return .rerouted }
            // One-way calls that were made before it.
            state.sendPosts()
            let bytes = state.takesCalls ? state.queue.load : .max
            let now = MonotonicClock.now
            let isUrgent = if case .health = request { state.phase == .open } else { false }
            let admission = state.pending.begin(
                id, waiter, request, deadline: deadline, queuedBytes: bytes, isUrgent: isUrgent, at: now)
            switch admission {
            case .send: state.append(id, request, deadline: deadline, at: now)
            case .wait: break
            case .overloaded(let waiting):
                return .overloaded("\(worker)", waiting: waiting, limit: Limits.callsWaiting)
            }
            return nil
        }
        guard outcome == nil else {
            if holdsPlace { places.mayBeFree() }
            return outcome
        }
        deadlines.cover(deadline)
        return nil
    }

    func cancel(_ id: CallID) {
        let ended = update { state in
            let ended = state.pending.cancel(id)
            if let ended { state.withdraw([ended]) }
            places.change(by: state.changeOfLoad())
            return ended
        }
        places.mayBeFree()
        ended?.waiter.resume(returning: .cancelled)
    }

    private func expire(at now: Instant) -> Instant? {
        let (ended, next) = update { state in
            let ended = state.pending.expire(at: now)
            state.withdraw(ended)
            places.change(by: state.changeOfLoad())
            return (ended, state.pending.nextDeadline())
        }
        places.mayBeFree()
        for call in ended { call.waiter.resume(returning: .timeout(worker, call.delivery)) }
        let earliest = min(next ?? .distantFuture, expirePosts(at: now))
        return earliest < .distantFuture ? earliest : nil
    }

    /// The process has ended, or counts as ended: every call without an outcome fails. On the loop, after
    /// `disconnected`.
    package func close(_ status: ExitStatus) {
        // They go outside the lock: descriptors may be closed with them, and actors end.
        var (dropped, held) = (WriteQueue(), HeldRequests())
        let (ended, tasks, posts) = state.withLock { state -> ([CallEnded], [any IncomingWork], [Waiter]) in
            if case .closed = state.phase { return ([], [], []) }
            state.phase = .closed(status)
            swap(&dropped, &state.queue)
            (held, state.held, state.holding) = (state.held, HeldRequests(), .nothing)
            for call in held.calls { state.running.dropped(call.id) }
            return (state.pending.close(), state.running.abandon(), state.posts.close())
        }
        deadlines.stop()
        for waiter in posts { waiter.resume(returning: .died(worker, status, .notSent)) }
        for call in ended { call.waiter.resume(returning: .died(worker, status, call.delivery)) }
        for task in tasks { task.cancel() }
        if !held.calls.isEmpty { lookWhetherDrained() }
    }

    // MARK: Other frames

    /// Queues a frame and sees that it is written. Dropped when the pipe has ended.
    package func send(_ frame: OutgoingFrame) {
        update { $0.append(frame) }
    }

    /// Asks the worker to finish its calls and leave. Calls that have not been sent can go elsewhere.
    package func drain() {
        let (ended, posts) = update { state in
            state.sendPosts()
            // Behind the calls that are queued: those it has not read when it leaves would be lost.
            state.append(OutgoingFrame(.drain), isControl: false)
            state.isDraining = true
            defer { places.change(by: state.changeOfLoad()) }
            return (state.pending.endWaiting { !$0.mayReachDraining }, state.posts.endWaiting())
        }
        for waiter in posts { waiter.resume(returning: .failure(Failure(.shuttingDown))) }
        for call in ended { call.waiter.resume(returning: .failure(Failure(.shuttingDown))) }
    }

    /// Changes the state, and sees that what it has queued is written: at the end of the turn if that is the
    /// caller's, so that all frames of a turn leave together, or else at once.
    func update<Result>(_ change: (inout State) throws -> Result) rethrows -> Result {
        let isLeader = loop.isLeader
        let (result, writer) = try state.withLock { state in
            (try change(&state), state.chooseWriter(isLeader: isLeader))
        }
        switch writer {
        case .none: break
        case .atEndOfTurn: loop.flushLater(self)
        case .thread: write()
        }
        return result
    }

    /// What has become of the calls to the peer.
    var statistics: CallStatistics {
        var (statistics, sent) = state.withLock { ($0.pending.statistics, $0.bytesSent) }
        (statistics.bytesSent, statistics.bytesReceived) = (sent, bytesReceived.load(ordering: .relaxed))
        return statistics
    }

    /// Bytes that have gone through it, both ways.
    package var traffic: UInt64 { state.withLock { $0.bytesSent } + bytesReceived.load(ordering: .relaxed) }

    package func counts() -> PeerCounts {
        state.withLock { state in
            PeerCounts(
                pending: state.pending.count, inFlight: state.pending.inFlight, running: state.running.count,
                served: state.running.served,
                lateReplies: state.pending.lateReplies, framesSent: state.framesSent,
                framesReceived: received.load(ordering: .relaxed))
        }
    }
}

/// What has gone through a pipe, and what is under way.
package struct PeerCounts: Equatable, Sendable {
    /// Calls of this process without an outcome.
    package let pending: Int
    /// Calls of this process that the peer has not answered, those that ended here included.
    package let inFlight: Int
    /// Calls of the peer that run here.
    package let running: Int
    /// Calls of the peer that have ended here.
    package let served: UInt64
    /// Replies that came after their call had ended.
    package let lateReplies: UInt64
    /// Pings and pongs aside.
    package let framesSent: UInt64
    package let framesReceived: UInt64
}

typealias CallEnded = PendingCalls<Peer.Waiter, CallRequest>.Ended
