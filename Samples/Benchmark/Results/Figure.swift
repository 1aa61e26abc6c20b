/// One number that the benchmark finds, and how it is shown.
struct Figure: Equatable {
    /// What it is measured in.
    enum Unit: String {
        case microseconds = "µs"
        case milliseconds = "ms"
        case callsPerSecond = "calls/s"
        case messagesPerSecond = "messages/s"
        case elementsPerSecond = "elements/s"
        case mebibytes = "MiB"
        case allocations = "allocs"
        case percent = "% CPU"
    }

    /// What it is compared with.
    enum Reference: Equatable {
        /// The same work in C.
        case floor
        /// The figure with this key.
        case figure(String)
    }

    /// As in the lines: workload and metric, such as `W1 median_us`.
    let key: String
    let title: String
    let unit: Unit
    var reference: Reference?
    /// Whether it has a row in the table, or a line only.
    var isInTable = true

    /// Whether more is better.
    var isRate: Bool { unit == .callsPerSecond }
}

extension Figure {
    /// All of them, in the order of the table.
    static let all =
        latency("W1", "echo of 64 bytes, one at a time", showsTail: true)
        + concurrent(64) + concurrent(256) + latency("W3.16k", "echo of 16 KiB") + latency("W3.1m", "echo of 1 MiB")
        + buffer("W3.64m", "64 MiB") + buffer("W3.1g", "1 GiB")
        + latency("W4", "structure with nested values") + latency("W5", "message to 8 workers, all acknowledged")
        + lives + growth + cost("W9.1", "1 caller") + cost("W9.64", "64 callers")
        + betweenWorkers("direct", "from worker to worker") + betweenWorkers("routed", "the same by way of the primary")
        + flows + waits("spin", "spins") + waits("sleep", "sleeps") + idle

    private static func latency(_ workload: String, _ what: String, showsTail: Bool = false) -> [Figure] {
        [("median_us", ", median"), ("p99_us", ", 99 %"), ("min_us", ", least")].map { metric, words in
            Figure(
                key: "\(workload) \(metric)", title: what + (showsTail ? words : ""), unit: .microseconds,
                reference: .floor, isInTable: showsTail || metric == "median_us")
        }
    }

    private static func buffer(_ workload: String, _ size: String) -> [Figure] {
        latency(workload, "\(size) as a shared buffer, there and back").map { figure in
            // In C it would be the same system calls.
            var figure = figure
            figure.reference = nil
            return figure
        }
    }

    private static func concurrent(_ callers: Int) -> [Figure] {
        [
            Figure(
                key: "W2.\(callers) calls_s", title: "\(callers) callers", unit: .callsPerSecond, reference: .floor),
            // Measured in C only: what batches alone could reach, which is no call.
            Figure(
                key: "W2.\(callers) batched_s", title: "\(callers) messages in batches, in C", unit: .callsPerSecond),
        ]
    }

    private static let lives = [
        Figure(key: "W6 spawn_ms", title: "start of a worker to first reply", unit: .milliseconds, reference: .floor),
        Figure(key: "W6 rss_mb", title: "idle worker, resident", unit: .mebibytes),
        Figure(key: "W6 pss_mb", title: "idle worker, its share", unit: .mebibytes),
        Figure(
            key: "W7 restart_ms", title: "kill -9 to first reply of the next", unit: .milliseconds, reference: .floor),
    ]

    private static let growth = [1, 2, 4, 8].map { workers in
        Figure(
            key: "W8.\(workers) calls_s", title: "256 callers, \(workers == 1 ? "1 worker" : "\(workers) workers")",
            unit: .callsPerSecond, reference: workers == 1 ? nil : .figure("W8.1 calls_s"))
    }

    private static func cost(_ workload: String, _ callers: String) -> [Figure] {
        [("caller", "in the primary"), ("worker", "in the worker")].flatMap { side, place in
            [
                Figure(
                    key: "\(workload) \(side)_cpu_us", title: "a call's processor time \(place), \(callers)",
                    unit: .microseconds, reference: .floor),
                Figure(
                    key: "\(workload) \(side)_allocations", title: "a call's allocations \(place), \(callers)",
                    unit: .allocations),
            ]
        }
    }

    private static let flows = [
        Figure(
            key: "topics messages_s", title: "messages of a topic, from and to each of 4 workers",
            unit: .messagesPerSecond),
        Figure(key: "streams elements_s", title: "elements of a stream, an Int each", unit: .elementsPerSecond),
    ]

    private static func betweenWorkers(_ way: String, _ what: String) -> [Figure] {
        latency("W10.\(way)", what).map { figure in
            var figure = figure
            figure.reference = figure.key.hasSuffix(" median_us") ? .figure("W1 median_us") : nil
            return figure
        }
    }

    private static func waits(_ manner: String, _ does: String) -> [Figure] {
        [("health", "health check"), ("call", "call to another actor")].flatMap { kind, what in
            [("p50_ms", "median"), ("p99_ms", "99 %"), ("max_ms", "most")].map { metric, words in
                Figure(
                    key: "blocked \(manner)_\(kind)_\(metric)", title: "\(what) while a method \(does), \(words)",
                    unit: .milliseconds)
            }
        }
    }

    private static let idle = [
        Figure(key: "idle primary_percent", title: "idle primary", unit: .percent),
        Figure(key: "idle workers_percent", title: "its 8 idle workers, together", unit: .percent),
    ]
}
