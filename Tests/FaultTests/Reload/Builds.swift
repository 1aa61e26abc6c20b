import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

/// Builds of the worker program that differ: scripts that start it with another `VERSION`, or do something else.
struct Builds: Sendable {
    let directory: String

    /// The path of a build. `ill`: what it does in these slots, as shell commands; by default it only has its version.
    func make(_ version: Int, ill: String? = nil, in slots: [Int] = []) throws -> String {
        let path = "\(directory)/build-\(version)"
        let cases = slots.map { "[ \"$SLOT\" = \($0) ] && { \(ill ?? "exit 1"); }\n" }.joined()
        let text = """
            #!/bin/sh
            export VERSION=\(version)
            \(cases)exec '\(Processes.program("FaultyWorkers"))' "$@"

            """
        try writeScript(text, to: path)
        return path
    }

    /// Options for a pool of a build.
    func options(_ path: String, _ change: (inout PoolOptions) -> Void = { _ in }) -> PoolOptions {
        workerProgram {
            $0.process.executable = path
            $0.process.perSlot = { slot, process in process.environment["SLOT"] = "\(slot)" }
            $0.timeouts.settle = .milliseconds(100)
            change(&$0)
        }
    }

    /// Commands of a build that traps at its start, or a while after.
    static let trapping = "FAULTY_BUILD=trap exec '\(Processes.program("FaultyWorkers"))'"
    static func trapping(after milliseconds: Int) -> String {
        "FAULTY_BUILD=\(milliseconds) exec '\(Processes.program("FaultyWorkers"))'"
    }

    /// Of a build that starts and says no more.
    static let neverReady = "exec '\(Processes.program("FaultyWorkers"))' rogue neverReady"
}

/// Runs a cluster, with a directory for builds.
func withBuilds(_ body: @escaping @Sendable (Cluster, Builds) async throws -> Void) async throws {
    try await withTemporaryDirectory { directory in
        try await withCluster { cluster in try await body(cluster, Builds(directory: directory)) }
    }
}

extension WorkerPool where Root == Probe {
    /// What the worker of each slot runs.
    func versions() async throws -> [String?] {
        var versions: [String?] = []
        for worker in workers { versions.append(try await worker.actor.environment("VERSION")) }
        return versions
    }
}

/// Looks at a pool again and again, while somebody calls it: how many workers are ready, how many processes there are,
/// and that nobody is called whose successor is ready.
final class ReloadWatch: Sendable {
    struct Seen {
        var leastReady = Int.max
        var mostProcesses = 0
        var looks = 0
        var calls = 0
        var failures: [String] = []
        var overtaken: [WorkerID] = []
    }

    private let events: EventRecord
    private let looks: ReloadLooks
    private let tasks: [Task<Void, Never>]

    init(_ pool: WorkerPool<Probe>, callers: Int = 4) {
        events = EventRecord(pool.events)
        let looks = ReloadLooks(pool)
        self.looks = looks
        tasks =
            [Task { await looks.look() }]
            + (0..<callers).map { number in
                Task { await looks.call(slot: number == 0 ? nil : number % pool.workers.count) }
            }
    }

    /// A test that ends early has nobody look and call any more.
    deinit { looks.end() }

    /// What was seen during so many reloads. The most processes that there were, by the pool's events.
    func stop(after reloads: Int = 1, processesBefore: Int) async throws -> Seen {
        try await events.wait("the outcome") { $0.count { $0.kind.isOutcomeOfReload } == reloads }
        looks.end()
        for task in tasks { await task.value }
        var seen = looks.seen
        var processes = processesBefore
        for event in events.events {
            if event.kind.isSpawn { processes += 1 }
            if event.kind.isExit { processes -= 1 }
            seen.mostProcesses = max(seen.mostProcesses, processes)
        }
        await events.stop()
        return seen
    }
}

/// What its tasks do.
private final class ReloadLooks: Sendable {
    private let pool: WorkerPool<Probe>
    private let state = Lock(ReloadWatch.Seen())
    private let isOver = Lock(false)

    init(_ pool: WorkerPool<Probe>) { self.pool = pool }

    var seen: ReloadWatch.Seen { state.withLock { $0 } }

    func end() { isOver.withLock { $0 = true } }

    /// Each millisecond.
    func look() async {
        _ = try? await eventually(within: .seconds(600)) {
            // All of them at one moment.
            let ready = self.pool.statistics.workers.count { $0.state == .ready }
            self.state.withLock { seen in
                seen.leastReady = min(seen.leastReady, ready)
                seen.looks += 1
            }
            return self.isOver.withLock { $0 }
        }
    }

    func call(slot: Int?) async {
        while !isOver.withLock({ $0 }) {
            let before = pool.workers.map(\.id)
            do {
                let actor = slot.map { pool.workers[$0].actor } ?? pool.actor
                let worker = try await actor.identity().worker
                let isOvertaken = worker.incarnation < before[worker.slot].incarnation
                state.withLock { seen in
                    seen.calls += 1
                    if isOvertaken { seen.overtaken.append(worker) }
                }
            } catch {
                state.withLock { $0.failures.append("\(error)") }
            }
        }
    }
}

extension ClusterEvent.Kind {
    fileprivate var isOutcomeOfReload: Bool {
        switch self {
        case .reloaded, .reloadFailed: true
        default: false
        }
    }
}
