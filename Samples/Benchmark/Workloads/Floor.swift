import BenchmarkFloor

extension Workload {
    /// One round of the same work in C, by the same keys; empty where there is nothing to compare with.
    ///
    /// It blocks this thread, so no cluster runs meanwhile.
    func measureFloor(_ plan: Plan) throws -> [String: Double] {
        switch self {
        case .sequential: try roundTripFigures("W1", plan)
        case .concurrent:
            try [64, 256].reduce(into: [:]) { figures, callers in
                figures["W2.\(callers) calls_s"] = try pipelined(FLOOR_EACH, callers, plan).rate
                figures["W2.\(callers) batched_s"] = try pipelined(FLOOR_BATCHED, callers, plan).rate
            }
        case .large:
            try roundTripFigures("W3.16k", plan, bytes: 16 << 10)
                .merging(try roundTripFigures("W3.1m", plan, bytes: 1 << 20)) { $1 }
        // The size of a structure is no matter in C, as long as it is small.
        case .structured: try roundTripFigures("W4", plan, bytes: 256)
        case .everyWorker: try roundTripFigures("W5", plan, children: 8)
        case .start: ["W6 spawn_ms": try median(of: plan.starts, "start", floor_start)]
        case .restart: ["W7 restart_ms": try median(of: plan.kills, "restart", floor_restart)]
        case .cost: try costFigures(plan)
        case .growth, .betweenWorkers, .topics, .streams, .blocked, .idle: [:]
        }
    }
}

private func check<Result: BinaryInteger>(_ what: String, _ result: Result) throws -> Result {
    guard result >= 0 else {
        throw SystemFailure("the C floor, \(what)", errorNumber: Int32(truncatingIfNeeded: -Int64(result)))
    }
    return result
}

private func roundTrips(
    _ plan: Plan, bytes: Int = smallMessage.count, children: Int = 1
) throws -> (times: Distribution, cost: floor_cost) {
    var cost = floor_cost()
    let times = try [Int64](unsafeUninitializedCapacity: 1 << 18) { buffer, count in
        let trips = try check(
            "round trips",
            floor_round_trips(
                Int32(children), bytes, plan.warmUp.nanoseconds, plan.seconds.nanoseconds, buffer.baseAddress,
                buffer.count, &cost))
        count = min(trips, buffer.count)
    }
    return (Distribution(times.map(Double.init)), cost)
}

private func roundTripFigures(
    _ workload: String, _ plan: Plan, bytes: Int = smallMessage.count, children: Int = 1
) throws -> [String: Double] {
    latencyFigures(workload, try roundTrips(plan, bytes: bytes, children: children).times)
}

private func pipelined(
    _ manner: floor_manner, _ callers: Int, _ plan: Plan
) throws -> (rate: Double, cost: floor_cost) {
    var cost = floor_cost()
    var elapsed: Int64 = 0
    let calls = try check(
        "pipelined", floor_pipelined(manner, Int32(callers), plan.seconds.nanoseconds, &elapsed, &cost))
    return (Double(calls) * 1e9 / Double(elapsed), cost)
}

/// In milliseconds.
private func median(of count: Int, _ what: String, _ measure: () -> Int64) throws -> Double {
    Distribution(try (0..<count).map { _ in Double(try check(what, measure())) / 1e6 }).median
}

private func costFigures(_ plan: Plan) throws -> [String: Double] {
    var figures: [String: Double] = [:]
    for (workload, cost) in [("W9.1", try roundTrips(plan).cost), ("W9.64", try pipelined(FLOOR_EACH, 64, plan).cost)] {
        figures["\(workload) caller_cpu_us"] = Double(cost.parent) / Double(cost.calls) / 1e3
        figures["\(workload) worker_cpu_us"] = Double(cost.children) / Double(cost.calls) / 1e3
    }
    return figures
}
