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
        var waiter: CheckedContinuation<ClusterError?, Never>?
        var isBodyOver = false
    }

    private let groups: [String]
    private let options: ClusterOptions
    private let loop: EventLoop
    private let fingerprint: UInt64
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

    /// In the primary: runs `body`, then stops every worker and returns, or throws what `body` threw.
    ///
    /// In a worker process it never returns: it makes the group's root actor, serves calls, and exits when the worker is to
    /// leave. So what comes before `run` happens in every worker too, and what comes after it only in the primary.
    ///
    /// When the task is cancelled, `body` is, and the workers are stopped. Throws `ClusterError`: `gaveUp` when a pool that
    /// is not optional has lost its last slot (`body` is cancelled then), `notInPrimary` inside a worker's own code,
    /// `invalidOption` or `groupNotListed` for arguments that cannot work.
    public static func run(
        _ groups: any AnyWorkerGroup..., options: ClusterOptions = ClusterOptions(),
        body: @escaping @Sendable (Cluster) async throws -> Void
    ) async throws {
        try await run(groups, options: options, body: body)
    }

    /// The same with the groups in an array.
    public static func run(
        _ groups: [any AnyWorkerGroup], options: ClusterOptions = ClusterOptions(),
        body: @escaping @Sendable (Cluster) async throws -> Void
    ) async throws {
        if isWorker { return try await WorkerMain.run(groups, errors: ErrorTypes(options.errors)) }
        let cluster = try Cluster(groups: groups, options: options)
        let outcome: Result<Void, any Error>
        do {
            try await cluster.runBody(body)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await cluster.stopAllPools()
        try outcome.get()
    }

    /// Ends with `body`, or with the failure of a pool; `body` is cancelled then and waited for.
    private func runBody(_ body: @escaping @Sendable (Cluster) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: ClusterError?.self) { group in
            group.addTask {
                defer { self.bodyIsOver() }
                try await body(self)
                return nil
            }
            group.addTask { await self.poolFailure() }
            let first = await group.nextResult()
            group.cancelAll()
            let second = await group.nextResult()
            for result in [first, second] {
                if case .success(let failure?)? = result { throw failure }
            }
            for case .failure(let error)? in [first, second] { throw error }
        }
    }

    /// Returns when a pool has given up, or `nil` when the body is over.
    private func poolFailure() async -> ClusterError? {
        await withCheckedContinuation { waiter in
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

    /// In reverse order of start; whatever is left after the limit is killed.
    private func stopAllPools() async {
        let pools = state.withLock { state in
            state.isStopping = true
            return state.pools
        }
        let limit = DeadlineTimer(loop: loop) { _ in
            for pool in pools { pool.kill() }
            return nil
        }
        limit.cover(MonotonicClock.now + options.stopLimit)
        for pool in pools.reversed() { await stop(pool) }
        loop.execute { limit.stop() }
    }
}
