import ActorCluster
import Distributed

extension Workload {
    func measureSequential(_ plan: Plan) async throws -> [String: Double] {
        try await withWorkers(1) { pool in
            let subject = pool.workers[0].actor
            return latencyFigures("W1", try await latencies(plan) { _ = try await subject.echo(smallMessage) })
        }
    }

    func measureLarge(_ plan: Plan) async throws -> [String: Double] {
        var options = ClusterOptions()
        // A payload of 1 MiB and what describes it do not fit into the default of 1 MiB.
        options.frameLimit = 2 << 20
        return try await withWorkers(1, clusterOptions: options) { pool in
            let subject = pool.workers[0].actor
            var figures: [String: Double] = [:]
            for (workload, size) in [("W3.16k", 16 << 10), ("W3.1m", 1 << 20)] {
                let message = [UInt8](repeating: 7, count: size)
                let times = try await latencies(plan) { _ = try await subject.echo(message) }
                figures.merge(latencyFigures(workload, times)) { $1 }
            }
            for (workload, size) in [("W3.64m", 64 << 20), ("W3.1g", 1 << 30)] {
                let buffer = try SharedBuffer(byteCount: size) { $0.initializeMemory(as: UInt8.self, repeating: 7) }
                let times = try await latencies(plan) { _ = try await subject.echo(buffer) }
                figures.merge(latencyFigures(workload, times)) { $1 }
            }
            return figures
        }
    }

    func measureStructured(_ plan: Plan) async throws -> [String: Double] {
        try await withWorkers(1) { pool in
            let subject = pool.workers[0].actor
            return latencyFigures("W4", try await latencies(plan) { _ = try await subject.process(.example) })
        }
    }

    func measureEveryWorker(_ plan: Plan) async throws -> [String: Double] {
        try await withWorkers(8) { pool in
            let times = try await latencies(plan) {
                _ = try await pool.broadcast { try await $0.acknowledge(smallMessage) }.values()
            }
            return latencyFigures("W5", times)
        }
    }
}

extension Workload {
    /// A worker's calls to one process go directly once the primary has given both a pipe; those to a slot, whichever
    /// process fills it, go by way of the primary.
    func measureBetweenWorkers(_ plan: Plan) async throws -> [String: Double] {
        try await withWorkers(2) { pool in
            let (caller, other) = (pool.workers[0].actor, pool.workers[1])
            return try await withCallTimeout(nil) {
                let direct = try await caller.measure("W10.direct", other.incarnation, plan)
                return direct.merging(try await caller.measure("W10.routed", other.actor, plan)) { $1 }
            }
        }
    }
}

extension Subject {
    /// Calls another one again and again.
    distributed func measure(_ workload: String, _ other: Subject, _ plan: Plan) async throws -> [String: Double] {
        latencyFigures(workload, try await latencies(plan) { _ = try await other.echo(smallMessage) })
    }
}

/// The figures of a workload that does one thing at a time; `times` in nanoseconds.
func latencyFigures(_ workload: String, _ times: Distribution) -> [String: Double] {
    [
        "\(workload) median_us": times.median / 1e3,
        "\(workload) p99_us": times.percentile(99) / 1e3,
        "\(workload) min_us": times.least / 1e3,
    ]
}

/// How long `call` takes, again and again, in nanoseconds.
private func latencies(_ plan: Plan, of call: () async throws -> Void) async throws -> Distribution {
    let warm = now() + plan.warmUp.nanoseconds
    repeat { try await call() } while now() < warm

    var times: [Double] = []
    times.reserveCapacity(1 << 16)
    var begin = now()
    let end = begin + (plan.seconds * Double(plan.repetitions)).nanoseconds
    repeat {
        try await call()
        let time = now()
        times.append(Double(time - begin))
        begin = time
    } while begin < end
    return Distribution(times)
}
