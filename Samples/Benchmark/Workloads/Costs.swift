import ActorCluster
import BenchmarkFloor

extension Workload {
    func measureCost(_ plan: Plan) async throws -> [String: Double] {
        try await withWorkers(1) { pool in
            let subject = pool.workers[0].actor
            var figures: [String: Double] = [:]
            for callers in [1, 64] {
                _ = try await echo(callers: callers, subject, seconds: plan.warmUp)
                let time = try await costOfCall(plan, callers: callers, subject)
                figures["W9.\(callers) caller_cpu_us"] = time.caller.processorTime / 1e3
                figures["W9.\(callers) worker_cpu_us"] = time.worker.processorTime / 1e3
                guard allocations_can_be_counted() else { continue }
                // Apart, because counting takes time itself.
                try await countAllocations(true, subject)
                let space = try await costOfCall(plan, callers: callers, subject)
                try await countAllocations(false, subject)
                figures["W9.\(callers) caller_allocations"] = space.caller.allocations
                figures["W9.\(callers) worker_allocations"] = space.worker.allocations
            }
            return figures
        }
    }
}

/// What one call costs one side.
private struct Cost {
    /// In nanoseconds.
    var processorTime: Double
    var allocations: Double

    init(from begin: Usage, to end: Usage, calls: Int) {
        processorTime = Double(end.processorTime - begin.processorTime) / Double(calls)
        allocations = Double(end.allocations - begin.allocations) / Double(calls)
    }
}

private func countAllocations(_ on: Bool, _ subject: Subject) async throws {
    allocations_count(on)
    try await subject.countAllocations(on)
}

/// The mean. The two calls that ask the worker are among thousands.
private func costOfCall(
    _ plan: Plan, callers: Int, _ subject: Subject
) async throws -> (caller: Cost, worker: Cost) {
    let worker = try await subject.usage()
    let caller = Usage.own
    let calls = try await echo(callers: callers, subject, seconds: plan.seconds)
    let callerCost = Cost(from: caller, to: .own, calls: calls)
    return (callerCost, Cost(from: worker, to: try await subject.usage(), calls: calls))
}
