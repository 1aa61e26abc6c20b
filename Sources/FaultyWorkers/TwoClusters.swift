import ActorCluster
import FaultActors
import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A host that leaves with exit code 7 at SIGTERM. It runs two clusters at once, each with a worker that has a call in
/// hand, tells on descriptor 3 what it sees, and sends itself SIGTERM when both are over.
enum TwoClusters {
    private enum Work: String {
        /// Calls of 300 ms.
        case calls
        /// The first one's body does not wait for a stop.
        case firstLeaves
        /// Both workers ignore SIGTERM and spin.
        case deaf
        /// The second one's does.
        case secondDeaf
    }

    /// Of workers that are ready.
    private static let pids = Lock<[Int32]>([])

    static func run(_ arguments: [String]) async throws {
        guard arguments.count == 1, let work = Work(rawValue: arguments[0]) else {
            print("usage: FaultyWorkers two WORK")
            exit(2)
        }
        signal(SIGTERM) { _ in _exit(7) }
        async let first: Void = serve("first", isDeaf: work == .deaf, leaves: work == .firstLeaves)
        async let second: Void = serve("second", isDeaf: work == .deaf || work == .secondDeaf, leaves: false)
        _ = try await (first, second)
        StoppingPrimary.tell("over")
        // To the process, because the threads that Swift runs tasks on block it.
        kill(getpid(), SIGTERM)
        try await Task.sleep(for: .seconds(60))
    }

    private static func serve(_ name: String, isDeaf: Bool, leaves: Bool) async throws {
        try await Cluster.run(Groups.all, options: Groups.options) { cluster in
            let worker = try await cluster.start(Groups.leavers, count: 1).workers[0]
            if isDeaf { try await worker.incarnation.ignoreTermination() }
            let call = Task {
                guard isDeaf else { return try await worker.incarnation.echo(7, afterMilliseconds: 300, call: 0) }
                try await withCallTimeout(nil) { try await worker.incarnation.spin(milliseconds: 60_000) }
                return 0
            }
            while try await worker.healthCheck().callsInFlight == 0 {}
            let ready = pids.withLock { pids in
                pids += [worker.pid].compactMap { $0 }
                return pids
            }
            if ready.count == 2 { StoppingPrimary.tell("ready " + ready.map(String.init).joined(separator: " ")) }
            if leaves { return }
            await cluster.waitUntilStopping()
            StoppingPrimary.tell("stopping \(name)")
            StoppingPrimary.tell("call \(name) \(try await call.value)")
        }
        StoppingPrimary.tell("returned \(name)")
    }
}
