import ActorCluster
import ActorClusterTesting
import Distributed
import FaultActors
import ProcessIO
import Testing

/// Workers that call each other, by the addresses of their processes.
struct Couriers {
    let pool: WorkerPool<Courier>
    let all: [Courier]

    init(
        in cluster: Cluster, count: Int, _ change: (inout PoolOptions) -> Void = { _ in }
    ) async throws {
        pool = try await cluster.start(Groups.couriers, count: count, options: workerProgram(change))
        var all: [Courier] = []
        for worker in pool.workers { all.append(try await worker.actor.itself()) }
        self.all = all
    }

    subscript(index: Int) -> Courier { all[index] }

    /// Calls until they go directly.
    func connect(_ first: Int, _ second: Int) async throws {
        try await all[first].deliver(1, to: all[second])
        let isDirect = try await eventually {
            // What waits at the pipe is as good as there.
            try await all[first].deliver(1, to: all[second])
            return try await all[first].pipes()[1] > 0
        }
        try #require(isDirect)
        try await all[first].deliver(1, to: all[second])
    }
}

/// Counted calls from one courier to another while something happens; how often which ending was seen. `nested`: one
/// after another, inside a call.
func underLoad(
    from caller: Courier, to callee: Courier, calls count: Int = 3_000, nested: Bool = false,
    _ body: @escaping @Sendable () async throws -> Void
) async throws -> [Courier.Ending: Int] {
    let counter = try #require(CallCounter.current)
    let calls = (0..<count).map { _ in counter.begin() }
    async let load = withCallTimeout(.seconds(60)) {
        try await caller.load(callee, callers: nested ? 1 : 16, calls: calls, nested: nested)
    }
    try await caller.wait(for: "load", count: nested ? 1 : 64)
    // Of these calls, and not of those of an earlier load or of a bystander, which go on meanwhile.
    let own = Set(calls)
    let hasBegun = try await eventually { counter.records.all.contains { own.contains($0) } }
    try #require(hasBegun, "none of the calls has run")
    try await body()
    let endings = try await load
    for call in calls {
        switch endings[call] {
        case .returned: counter.end(call, .returned)
        case .notRun: counter.end(call, .notRun)
        case .failed: counter.end(call, .failed)
        case nil: break
        }
    }
    return endings.values.reduce(into: [:]) { $0[$1, default: 0] += 1 }
}
