import ActorCluster

extension Workload {
    /// One round, by the keys of its figures.
    func measure(_ plan: Plan) async throws -> [String: Double] {
        switch self {
        case .sequential: try await measureSequential(plan)
        case .concurrent: try await measureConcurrent(plan)
        case .large: try await measureLarge(plan)
        case .structured: try await measureStructured(plan)
        case .everyWorker: try await measureEveryWorker(plan)
        case .start: try await measureStart(plan)
        case .restart: try await measureRestart(plan)
        case .growth: try await measureGrowth(plan)
        case .cost: try await measureCost(plan)
        case .betweenWorkers: try await measureBetweenWorkers(plan)
        case .topics: try await measureTopics(plan)
        case .streams: try await measureStreams(plan)
        case .blocked: try await measureBlocked(plan)
        case .idle: try await measureIdle(plan)
        }
    }
}

/// What W1, W2, W5 and others send.
let smallMessage = [UInt8](repeating: 7, count: 64)

/// Runs `body` with a pool of its own, so that no workload sees traces of another.
func withWorkers<Result: Sendable>(
    _ count: Int, options: PoolOptions = PoolOptions(), clusterOptions: ClusterOptions = ClusterOptions(),
    body: @escaping @Sendable (WorkerPool<Subject>) async throws -> Result
) async throws -> Result {
    try await Cluster.run(Subject.group, options: clusterOptions) { cluster in
        try await body(try await cluster.start(Subject.group, count: count, options: options))
    }
}
