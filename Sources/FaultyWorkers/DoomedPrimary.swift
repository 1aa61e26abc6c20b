import ActorCluster
import FaultActors

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A primary that starts workers, tells their pids on descriptor 3, and then waits for its end.
enum DoomedPrimary {
    static func run(_ arguments: [String]) async throws {
        guard let how = arguments.first, let end = End(rawValue: how) else {
            print("usage: FaultyWorkers \(End.allCases.map(\.rawValue).joined(separator: "|"))")
            exit(2)
        }
        try await Cluster.run(Groups.all, options: Groups.options) { cluster in
            // Never returns: its workers do not get ready.
            if end == .waitForStart { _ = try await cluster.start(Groups.endless, count: 4) }
            if end == .waitAmongAll { try await keepAllKinds(cluster) }
            if end == .waitWithBuffers { try await keepBuffers(cluster) }
            if end == .waitWithPipes { try await keepPipes(cluster) }
            let pool = try await cluster.start(Groups.probes, count: 5)
            let workers = pool.workers
            async let idle: Void = Task.sleep(for: .seconds(3_600))
            async let sleeping: Void = withCallTimeout(nil) {
                try await workers[1].actor.sleep(milliseconds: 3_600_000)
            }
            async let spinning: Void = withCallTimeout(nil) { try await workers[2].actor.spin(milliseconds: 3_600_000) }
            let stuck = try await keepEveryThread(of: workers[4].actor)
            try await workers[1].actor.wait(for: "runs", count: 1)
            let child = end == .waitWithChild ? try await workers[0].actor.startChild() : nil
            async let waiting: Void = withCallTimeout(nil) {
                if let child { try await workers[0].actor.waitForChild(child) }
            }
            tell(workers.compactMap(\.pid) + [child].compactMap { $0 })
            switch end {
            case .wait, .waitForStart, .waitWithChild, .waitAmongAll, .waitWithBuffers, .waitWithPipes: try await idle
            case .exit: exit(0)
            case .trap:
                let none: [Int] = []
                _ = none[workers.count]
            }
            _ = try await (sleeping, spinning, waiting)
            for task in stuck { try await task.value }
        }
    }

    /// Calls that keep all threads on which methods of a worker begin, and all on which they go on.
    private static func keepEveryThread(of probe: Probe) async throws -> [Task<Void, any Error>] {
        var tasks: [Task<Void, any Error>] = []
        var bouncers: [Bouncer] = []
        for _ in 0..<2 * sysconf(Int32(_SC_NPROCESSORS_ONLN)) { bouncers.append(try await probe.makeBouncer()) }
        for bouncer in bouncers {
            tasks.append(Task { try await withCallTimeout(nil) { try await bouncer.spin(milliseconds: 3_600_000) } })
        }
        tasks.append(
            Task { try await withCallTimeout(nil) { try await probe.blockAllThreads(milliseconds: 3_600_000) } })
        return tasks
    }

    /// Eight workers: idle, spinning, stopped, deaf to SIGTERM, and with children of their own. Never returns.
    private static func keepAllKinds(_ cluster: Cluster) async throws {
        let workers = try await cluster.start(Groups.probes, count: 8).workers
        var pids = workers.compactMap(\.pid)
        var calls: [Task<Void, any Error>] = []
        for worker in workers[2..<5] {
            calls.append(
                Task { try await withCallTimeout(nil) { try await worker.actor.spin(milliseconds: 3_600_000) } })
            while try await worker.healthCheck().callsInFlight == 0 {}
        }
        try await workers[1].actor.ignoreTermination()
        for worker in workers[5...] { pids.append(try await worker.actor.startChild()) }
        for pid in pids[4..<7] { kill(pid, SIGSTOP) }
        tell(pids)
        for call in calls { try await call.value }
    }

    /// Two workers with a buffer of this process's, and a worker's buffer here. Tells its own pid first. Never returns.
    private static func keepBuffers(_ cluster: Cluster) async throws {
        let workers = try await cluster.start(Groups.archives, count: 2).workers
        let page = try SharedBuffer([UInt8](repeating: 1, count: 1 << 20))
        for worker in workers {
            _ = try await worker.actor.file(.init(title: "", pages: [page], cover: nil), keeping: true)
        }
        let given = try await workers[0].actor.blank(byteCount: 1 << 20, filledWith: 2)
        tell([getpid()] + workers.compactMap(\.pid))
        try await Task.sleep(for: .seconds(3_600))
        withExtendedLifetime((page, given)) {}
    }

    /// Three workers with a pipe between any two of them, through which each calls another one. Never returns.
    private static func keepPipes(_ cluster: Cluster) async throws {
        let workers = try await cluster.start(Groups.couriers, count: 3).workers
        var couriers: [Courier] = []
        for worker in workers { couriers.append(try await worker.actor.itself()) }
        for courier in couriers {
            while try await courier.pipes()[1] < 2 {
                for other in couriers where other.id != courier.id { try await courier.deliver(1, to: other) }
            }
        }
        var calls: [Task<Int, any Error>] = []
        for (number, courier) in couriers.enumerated() {
            let next = couriers[(number + 1) % 3]
            calls.append(
                Task {
                    try await withCallTimeout(nil) {
                        try await courier.ask(next, afterMilliseconds: 3_600_000, call: 0)
                    }
                }
            )
        }
        for courier in couriers { try await courier.wait(for: "echoes", count: 1) }
        tell(workers.compactMap(\.pid), "ready ")
        for call in calls { _ = try await call.value }
    }

    private enum End: String, CaseIterable {
        case wait, waitForStart, waitWithChild, waitAmongAll, waitWithBuffers, waitWithPipes, exit, trap
    }

    private static func tell(_ pids: [Int32], _ beginning: String = "") {
        let line = beginning + pids.map(String.init).joined(separator: " ") + "\n"
        _ = line.utf8.withContiguousStorageIfAvailable { write(3, $0.baseAddress, $0.count) }
    }
}
