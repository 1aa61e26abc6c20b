import Distributed
import ProcessIO
import Synchronization

/// The primary's view: starts and stops pools of workers.
public final class Cluster: Sendable {
    /// Whether this process is a worker. Right at any time, also before `run`.
    public static var isWorker: Bool { WorkerMain.isWorker }

    /// For actors that live in the primary.
    public let actorSystem: ClusterActorSystem

    private struct State {
        /// In order of start.
        var pools: [PoolSupervisor] = []
        var isStopping = false
        var failure: ClusterError?
        var waiter: Suspension<ClusterError?>?
        var isBodyOver = false
    }

    private let groups: [String]
    private let options: ClusterOptions
    private let loop: EventLoop
    private let fingerprint: UInt64
    private let eventSource = EventSource()
    private let lastIncarnation = Atomic<UInt64>(0)
    private let state = Lock(State())

    private init(groups: [any AnyWorkerGroup], options: ClusterOptions) throws {
        try options.check()
        self.groups = groups.map(\.name)
        for (index, name) in self.groups.enumerated() {
            guard !name.isEmpty, name.utf8.count <= 255, !name.contains(where: { $0 == "/" || $0 == "#" }) else {
                throw ClusterError.invalidOption(
                    "\"\(name)\" cannot name a worker group: it must have 1 to 255 bytes and neither / nor #")
            }
            guard self.groups.firstIndex(of: name) == index else { throw ClusterError.groupNotListed(name) }
        }
        self.options = options
        loop = try EventLoop.shared()
        let targets = try TargetTable.ofThisBinary.get()
        fingerprint = targets.fingerprint
        actorSystem = ClusterActorSystem(
            identity: .primary, callTimeout: options.callTimeout, frameLimit: options.frameLimit,
            errors: ErrorTypes(options.errors), targets: targets)
    }

    // MARK: Running

    /// In the primary: runs `body`, then stops every worker and returns what `body` returned, or throws what it threw.
    ///
    /// In a worker process it never returns: it makes the group's root actor, serves calls, and exits when the worker is to
    /// leave. So what comes before `run` happens in every worker too, and what comes after it only in the primary.
    ///
    /// When the task is cancelled, `body` is, and the workers are stopped. Throws `ClusterError`: `gaveUp` when a pool that
    /// is not optional has lost its last slot (`body` is cancelled then), `notInPrimary` inside a worker's own code,
    /// `invalidOption` or `groupNotListed` for arguments that cannot work.
    @discardableResult
    public static func run<Result: Sendable>(
        _ groups: any AnyWorkerGroup..., options: ClusterOptions = ClusterOptions(),
        body: @escaping @Sendable (Cluster) async throws -> Result
    ) async throws -> Result {
        try await run(groups, options: options, body: body)
    }

    /// The same with the groups in an array.
    @discardableResult
    public static func run<Result: Sendable>(
        _ groups: [any AnyWorkerGroup], options: ClusterOptions = ClusterOptions(),
        body: @escaping @Sendable (Cluster) async throws -> Result
    ) async throws -> Result {
        if isWorker { try await WorkerMain.run(groups, errors: ErrorTypes(options.errors)) }
        let cluster = try Cluster(groups: groups, options: options)
        do {
            let result = try await cluster.runBody(body)
            await cluster.stopAllPools()
            return result
        } catch {
            await cluster.stopAllPools()
            throw error
        }
    }

    private enum End<Result: Sendable>: Sendable {
        case body(Result)
        case pool(ClusterError?)
    }

    /// Ends with `body`. The failure of a pool cancels it and is what is thrown then.
    private func runBody<Result: Sendable>(
        _ body: @escaping @Sendable (Cluster) async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: End<Result>.self) { group in
            group.addTask(executorPreference: loop) {
                defer { self.bodyIsOver() }
                return .body(try await body(self))
            }
            group.addTask { .pool(await self.poolFailure()) }
            var failure: ClusterError?
            var outcome: Swift.Result<Result, any Error> = .failure(ClusterError.stopped)
            while let end = await group.nextResult() {
                switch end {
                case .success(.body(let result)): outcome = .success(result)
                case .success(.pool(let error)):
                    failure = error
                    if error != nil { group.cancelAll() }
                case .failure(let error): outcome = .failure(error)
                }
            }
            if let failure { throw failure }
            return try outcome.get()
        }
    }

    /// Returns when a pool has given up, or `nil` when the body is over.
    private func poolFailure() async -> ClusterError? {
        await suspended { waiter in
            let isOver = state.withLock { state in
                if state.failure == nil, !state.isBodyOver { state.waiter = waiter }
                return state.failure != nil || state.isBodyOver
            }
            if isOver { waiter.resume(returning: state.withLock { $0.failure }) }
        }
    }

    private func bodyIsOver() {
        let waiter = state.withLock { state in
            state.isBodyOver = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }

    private func poolGaveUp(_ error: ClusterError) {
        let waiter = state.withLock { state in
            state.failure = state.failure ?? error
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: error)
    }

    // MARK: Pools

    /// Starts the workers of a group and returns when all of them are ready.
    ///
    /// All or nothing: the first failure stops the rest and is thrown as `ClusterError` (`failedToInitialize` with what the
    /// factory threw, `notReady`, `spawnFailed`, `incompatibleWorker`). `count` defaults to the processors that this process
    /// may use.
    public func start<Root>(
        _ group: WorkerGroup<Root>, count: Int? = nil, options: PoolOptions = PoolOptions()
    ) async throws -> WorkerPool<Root> {
        let count = count ?? availableProcessors
        guard (1...Limits.workersPerPool).contains(count) else {
            throw ClusterError.invalidOption("a pool has 1 to \(Limits.workersPerPool) workers, not \(count)")
        }
        guard let index = groups.firstIndex(of: group.name) else { throw ClusterError.groupNotListed(group.name) }
        let supervisor = PoolSupervisor(
            group: group.name, number: UInt32(index), count: count, options: options, system: actorSystem,
            fingerprint: fingerprint, loop: loop,
            events: EventSource(group: group.name, cluster: eventSource),
            newIncarnation: { self.lastIncarnation.wrappingAdd(1, ordering: .relaxed).newValue },
            onGaveUp: { if !options.optional { self.poolGaveUp($0) } })
        try add(supervisor)
        actorSystem.routes.add(supervisor.routes, number: supervisor.number)
        do {
            try await supervisor.start()
            return try WorkerPool(supervisor: supervisor, cluster: self)
        } catch {
            remove(supervisor)
            throw error
        }
    }

    private func add(_ supervisor: PoolSupervisor) throws(ClusterError) {
        try state.withLock { state throws(ClusterError) in
            if state.isStopping { throw .stopped }
            if state.pools.contains(where: { $0.group == supervisor.group }) {
                throw .alreadyRunning(group: supervisor.group)
            }
            state.pools.append(supervisor)
        }
    }

    func stop(_ supervisor: PoolSupervisor) async {
        await supervisor.stop()
        remove(supervisor)
    }

    private func remove(_ supervisor: PoolSupervisor) {
        state.withLock { $0.pools.removeAll { $0 === supervisor } }
    }

    /// What happens to all pools and their workers, from now on. Each use makes a reader of its own; none of them slows the
    /// cluster.
    public var events: EventStream { EventStream(eventSource) }

    /// In reverse order of start; whatever is left after the limit is killed.
    private func stopAllPools() async {
        let pools = state.withLock { state in
            state.isStopping = true
            return state.pools
        }
        eventSource.publish(.stopping)
        let limit = DeadlineTimer(loop: loop) { _ in
            for pool in pools { pool.kill() }
            return nil
        }
        limit.cover(MonotonicClock.now + options.stopLimit)
        for pool in pools.reversed() { await stop(pool) }
        loop.execute { limit.stop() }
        eventSource.publish(.stopped)
        eventSource.finish()
    }
}
