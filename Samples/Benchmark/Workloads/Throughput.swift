import ActorCluster

extension Workload {
    func measureConcurrent(_ plan: Plan) async throws -> [String: Double] {
        try await withWorkers(1) { pool in
            let subject = pool.workers[0].actor
            var figures: [String: Double] = [:]
            for callers in [64, 256] {
                figures["W2.\(callers) calls_s"] = try await callsPerSecond(plan, callers: callers, subject)
            }
            return figures
        }
    }

    /// By the pool's own reference: each call goes to the next worker.
    func measureGrowth(_ plan: Plan) async throws -> [String: Double] {
        var figures: [String: Double] = [:]
        for workers in [1, 2, 4, 8] {
            figures["W8.\(workers) calls_s"] = try await withWorkers(workers) { pool in
                try await callsPerSecond(plan, callers: 256, pool.actor)
            }
        }
        return figures
    }
}

private func callsPerSecond(_ plan: Plan, callers: Int, _ subject: Subject) async throws -> Double {
    _ = try await echo(callers: callers, subject, seconds: plan.warmUp)
    var rates: [Double] = []
    for _ in 0..<plan.repetitions {
        let begin = now()
        let calls = try await echo(callers: callers, subject, seconds: plan.seconds)
        rates.append(Double(calls) * 1e9 / Double(now() - begin))
    }
    return Distribution(rates).median
}

/// So many callers, each of which calls again when it has its answer. Returns how many calls they made.
func echo(callers: Int, _ subject: Subject, seconds: Double) async throws -> Int {
    let end = now() + seconds.nanoseconds
    return try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<callers {
            group.addTask {
                var calls = 0
                repeat {
                    _ = try await subject.echo(smallMessage)
                    calls += 1
                } while now() < end
                return calls
            }
        }
        return try await group.reduce(0, +)
    }
}
