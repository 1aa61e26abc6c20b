import ActorCluster

extension Workload {
    /// What a method that does not let go of its thread costs others in the same process.
    func measureBlocked(_ plan: Plan) async throws -> [String: Double] {
        let seconds = plan.blocked
        return try await withWorkers(1) { pool in
            let worker = pool.workers[0]
            let subject = worker.actor
            let neighbour = try await subject.neighbour()
            var figures = try await waits("spin", of: worker, neighbour, seconds: seconds) {
                try await subject.spin(for: seconds)
            }
            figures.merge(
                try await waits("sleep", of: worker, neighbour, seconds: seconds) {
                    try await subject.sleepInThread(for: seconds)
                }
            ) { $1 }
            return figures
        }
    }

    func measureIdle(_ plan: Plan) async throws -> [String: Double] {
        try await withWorkers(8) { pool in
            let processes = pool.workers.compactMap(\.pid)
            try await Task.sleep(for: .seconds(plan.settling))
            let begin = (time: now(), primary: readProcessorTime(), workers: readProcessorTime(of: processes))
            try await Task.sleep(for: .seconds(plan.idle))
            let elapsed = Double(now() - begin.time)
            return [
                "idle primary_percent": Double(readProcessorTime() - begin.primary) / elapsed * 100,
                "idle workers_percent": Double(readProcessorTime(of: processes) - begin.workers) / elapsed * 100,
            ]
        }
    }
}

/// Health checks of a worker and calls to an actor in it, in turn, while `method` runs there.
private func waits(
    _ manner: String, of worker: WorkerHandle<Subject>, _ neighbour: Subject, seconds: Double,
    while method: @escaping @Sendable () async throws -> Void
) async throws -> [String: Double] {
    // However long it takes is what is to be found out.
    try await withCallTimeout(nil) {
        async let blocking: Void = method()
        // It must have begun, and must not end while somebody waits for it.
        try await Task.sleep(for: .milliseconds(50))
        let end = now() + (seconds - 0.1).nanoseconds
        var checks: [Double] = []
        var calls: [Double] = []
        repeat {
            checks.append(try await milliseconds { _ = try await worker.healthCheck() })
            calls.append(try await milliseconds { try await neighbour.acknowledge(smallMessage) })
            try await Task.sleep(for: .milliseconds(1))
        } while now() < end
        try await blocking
        return waitFigures("blocked \(manner)_health", checks).merging(
            waitFigures("blocked \(manner)_call", calls)
        ) { $1 }
    }
}

private func milliseconds(_ call: () async throws -> Void) async throws -> Double {
    let begin = now()
    try await call()
    return Double(now() - begin) / 1e6
}

private func waitFigures(_ name: String, _ times: [Double]) -> [String: Double] {
    let times = Distribution(times)
    return ["\(name)_p50_ms": times.median, "\(name)_p99_ms": times.percentile(99), "\(name)_max_ms": times.most]
}
