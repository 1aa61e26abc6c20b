import ActorCluster
import Terminal

/// How many calls each of four workers gets while one of them takes ten times as long as the others.
enum Fairness {
    static let slowTag = "slow"

    private static let workers = 4
    private static let callers = 16
    private static let seconds = 2.0

    private static let policies: [(name: String, scheduling: Scheduling)] = [
        ("roundRobin", .roundRobin), ("leastBusy", .leastBusy), ("idleFirst(4)", .idleFirst(capacity: 4)),
        ("idleFirst(1)", .idleFirst()), ("sticky, by caller", .sticky),
    ]

    static func pause(isSlow: Bool) -> Duration { isSlow ? .milliseconds(20) : .milliseconds(2) }

    static func run() async throws {
        print(
            "\(callers) callers, \(workers) workers; slot 0 takes 20 ms per call, the others 2 ms; \(fixed(seconds, digits: 0)) s each"
        )
        var rows = [["POLICY"] + (0..<workers).map { "SLOT \($0)" } + ["CALLS/S", "P50", "P99"]]
        for policy in policies { rows.append([policy.name] + (try await counts(policy.scheduling))) }
        let alignments: [Table.Alignment] = [.left] + Array(repeating: .right, count: workers + 3)
        for line in Table(alignments: alignments, rows: rows).lines { print(line) }
    }

    /// Calls of each slot, calls per second, and how long half and 99 % of them took.
    private static func counts(_ scheduling: Scheduling) async throws -> [String] {
        var options = PoolOptions()
        options.scheduling = scheduling
        options.process.tags = { $0 == 0 ? [slowTag] : [] }
        return try await Cluster.run(Subject.group) { [options] cluster in
            let pool = try await cluster.start(Subject.group, count: workers, options: options)
            let isSticky = if case .sticky = scheduling { true } else { false }
            let end = now() + seconds.nanoseconds
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<callers {
                    let actor = isSticky ? try pool.actor(for: caller) : pool.actor
                    group.addTask { while now() < end { try await actor.work() } }
                }
                try await group.waitForAll()
            }
            let statistics = pool.statistics
            let calls = statistics.calls
            return statistics.workers.map { "\($0.calls.completed)" }
                + [
                    fixed(Double(calls.completed) / seconds, digits: 0), text(calls.latency.p50),
                    text(calls.latency.p99),
                ]
        }
    }

    private static func text(_ duration: Duration) -> String {
        "\(fixed(duration / .milliseconds(1), digits: 1)) ms"
    }
}
