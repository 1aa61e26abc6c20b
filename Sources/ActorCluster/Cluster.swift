import Distributed
import ProcessIO
import Synchronization

/// The primary's view: starts and stops pools of workers.
public final class Cluster: Sendable {
    /// Whether this process is a worker. Right at any time, also before `run`.
    public static var isWorker: Bool { WorkerMain.isWorker }

    /// For actors that live in the primary.
    public let actorSystem: ClusterActorSystem

    struct State {
        /// In order of start.
        var pools: [PoolSupervisor] = []
        var isStopping = false
        var failure: ClusterError?
        var trees: [TreeSupervisor] = []
    }

    private let groups: [String]
    let options: ClusterOptions
    let loop: EventLoop
    private let fingerprint: UInt64
    let eventSource = EventSource()
    private let nameService: NameService
    private let topicBoard: TopicBoard
    private let connectionDesk: ConnectionDesk
    private let lastIncarnation = Atomic<UInt64>(0)
    let state = Lock(State())
    let ending: LoopConfined<Ending>
    let lastWaiter = Atomic<UInt64>(0)

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
        ending = LoopConfined(Ending(stop: ClusterStop(limit: options.stopLimit)))
        _ = ownExecutablePath
        loop = try EventLoop.shared()
        let targets = try TargetTable.ofThisBinary.get()
        fingerprint = targets.fingerprint
        let names = NameRegistry(loop: loop)
        let topics = TopicExchange(frameLimit: options.frameLimit, loop: loop)
        let connections = ConnectionExchange()
        actorSystem = ClusterActorSystem(
            identity: .primary, groups: self.groups, callTimeout: options.callTimeout, frameLimit: options.frameLimit,
            errors: ErrorTypes(options.errors), targets: targets, posts: options.posts, names: names,
            topics: topics, connections: connections, introducer: Introducer(loop: loop))
        nameService = NameService(names, actorSystem: actorSystem)
        topicBoard = TopicBoard(topics, actorSystem: actorSystem)
        connectionDesk = ConnectionDesk(connections, actorSystem: actorSystem)
    }

    /// What happens to all pools and their workers, from now on. Each use makes a reader of its own; none of them
    /// slows the cluster.
    public var events: EventStream { EventStream(eventSource) }

    // MARK: Running

    /// In the primary: runs `body`, then stops every worker and returns what `body` returned, or throws what it threw.
    ///
    /// In a worker process it never returns: it makes the group's root actor, serves calls, and exits when the worker
    /// is to leave. So what comes before `run` happens in every worker too, and what comes after it only in the
    /// primary.
    ///
    /// A signal (`ClusterOptions.signals`), `shutDown`, cancelling the task and a pool that gives up stop the cluster
    /// as well: `waitUntilStopping` returns, the pools stop, and then `body` is cancelled. If that is what ends
    /// `body`, by a `CancellationError`, `CallError.shuttingDown` or `ClusterError.stopped`, then `run` returns as
    /// after any other end when `body` has no result, and throws `ClusterError.stopped` when there ought to be one.
    ///
    /// Throws `ClusterError`: `gaveUp` when a pool that is not optional has lost its last slot, `notInPrimary` inside
    /// a worker's own code, `invalidOption` or `groupNotListed` for arguments that cannot work; and
    /// `CancellationError` when the task was cancelled.
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
        try await cluster.enter()
        let outcome = await withTaskCancellationHandler {
            await cluster.runBody(body)
        } onCancel: {
            cluster.askToStop()
        }
        let isForTheStop = await cluster.leave()
        return try cluster.result(of: outcome, isForTheStop: isForTheStop)
    }

    /// Ends when the body has and no worker is left.
    private func runBody<Result: Sendable>(
        _ body: @escaping @Sendable (Cluster) async throws -> Result
    ) async -> Swift.Result<Result, any Error> {
        await withTaskGroup(of: Swift.Result<Result, any Error>?.self) { group in
            group.addTask(executorPreference: loop) {
                defer { self.bodyEnded() }
                do {
                    return .success(try await body(self))
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                await self.bodyIsToBeCancelled()
                return nil
            }
            var outcome: Swift.Result<Result, any Error> = .failure(ClusterError.stopped)
            for await end in group {
                if let end { outcome = end } else { group.cancelAll() }
            }
            return outcome
        }
    }

    /// What `run` returns or throws. Errors that only say that the cluster was stopped are those of a body that was
    /// asked to end; they are not failures.
    private func result<Result>(of outcome: Swift.Result<Result, any Error>, isForTheStop: Bool) throws -> Result {
        if let failure = state.withLock({ $0.failure }) { throw failure }
        guard isForTheStop, !Task.isCancelled, case .failure(let error) = outcome, Self.saysStopped(error) else {
            return try outcome.get()
        }
        guard Result.self == Void.self, let nothing = () as? Result else { throw ClusterError.stopped }
        return nothing
    }

    private static func saysStopped(_ error: any Error) -> Bool {
        error is CancellationError || error as? CallError == .shuttingDown || error as? ClusterError == .stopped
    }

    // MARK: Pools

    /// Starts the workers of a group and returns when all of them are ready.
    ///
    /// All or nothing: the first failure stops the rest and is thrown as `ClusterError`: `failedToInitialize` with
    /// what the factory threw, `noHello`, `notReady`, `spawnFailed` or `incompatibleWorker`. Also `alreadyRunning`,
    /// `groupNotListed`, `invalidOption`, and `stopped` when the cluster stops meanwhile. `count` defaults to the
    /// processors that this process may use: by its affinity, not by the quota of a container.
    @discardableResult
    public func start<Root>(
        _ group: WorkerGroup<Root>, count: Int? = nil, options: PoolOptions = PoolOptions()
    ) async throws -> WorkerPool<Root> {
        try await start(group, count: count, options: options, in: nil)
    }

    func start<Root>(
        _ group: WorkerGroup<Root>, count: Int?, options: PoolOptions, in tree: TreeSupervisor?
    ) async throws -> WorkerPool<Root> {
        let count = count ?? availableProcessors
        guard (1...Limits.workersPerPool).contains(count) else {
            throw ClusterError.invalidOption("a pool has 1 to \(Limits.workersPerPool) workers, not \(count)")
        }
        try options.check()
        guard let index = groups.firstIndex(of: group.name) else { throw ClusterError.groupNotListed(group.name) }
        guard group.makesRoot || options.process.executable != nil || options.process.perSlot != nil else {
            throw ClusterError.invalidOption(
                "another program makes the actors of \"\(group.name)\": PoolOptions.process.executable must name it")
        }
        let membership = await tree?.join(isOptional: options.optional)
        let supervisor = PoolSupervisor(
            group: group.name, number: UInt32(index), count: count, options: options, system: actorSystem,
            fingerprint: fingerprint, loop: loop,
            events: EventSource(group: group.name, cluster: eventSource),
            newIncarnation: { self.lastIncarnation.wrappingAdd(1, ordering: .relaxed).newValue },
            membership: membership,
            onGaveUp: { error in
                if options.optional {
                    self.actorSystem.connections?.close(pool: UInt32(index))
                } else {
                    self.poolGaveUp(error)
                }
            })
        do {
            try add(supervisor)
        } catch {
            membership?.tell(.left)
            loop.execute { supervisor.routes.close() }
            throw error
        }
        membership?.add(supervisor)
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

    func add(_ tree: TreeSupervisor) { state.withLock { $0.trees.append(tree) } }
    func remove(_ tree: TreeSupervisor) { state.withLock { $0.trees.removeAll { $0 === tree } } }

    func remove(_ supervisor: PoolSupervisor) {
        state.withLock { $0.pools.removeAll { $0 === supervisor } }
    }
}
