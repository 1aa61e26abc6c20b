import ActorCluster
import ActorClusterTesting
import FaultActors
import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A primary with eight workers of which every process but the first crashes at its start. After ten times the first
/// pause it tells on descriptor 3 how often each slot was started and what of a processor that has taken; and then
/// after how many milliseconds all of them had been started five times.
enum CrashLoopPrimary {
    private static let count = 8
    /// By slot.
    private static let starts = Lock([Int](repeating: 0, count: count))

    static func run(_ arguments: [String]) async throws {
        guard arguments.count == 1, let milliseconds = Int(arguments[0]) else {
            print("usage: FaultyWorkers crash-loop FIRST-PAUSE-MS")
            exit(2)
        }
        let pause = Duration.milliseconds(milliseconds)
        try await Cluster.run(Groups.all, options: Groups.options) { cluster in
            let workers = try await cluster.start(Groups.probes, count: count, options: options(pause)).workers
            let (before, begin) = (cpuTimeOfProcess(), MonotonicClock.now)
            for pid in workers.compactMap(\.pid) { kill(pid, SIGKILL) }
            try await Task.sleep(for: pause * 10)
            let used = cpuTimeOfProcess() - before
            StoppingPrimary.tell("starts " + starts.withLock { $0 }.map(String.init).joined(separator: " "))
            StoppingPrimary.tell("percent \(used.wholeNanoseconds * 100 / (pause * 10).wholeNanoseconds)")
            while starts.withLock({ $0.contains { $0 < 5 } }) { try await Task.sleep(for: .milliseconds(5)) }
            StoppingPrimary.tell("fifth \((MonotonicClock.now - begin).wholeNanoseconds / 1_000_000)")
        }
    }

    private static func options(_ pause: Duration) -> PoolOptions {
        var options = PoolOptions()
        options.backoff = Backoff(first: pause, limit: pause * 60)
        options.process.perSlot = { slot, process in
            let number = starts.withLock { starts in
                starts[slot] += 1
                return starts[slot]
            }
            if number > 1 { process.arguments = ["rogue", "\(Misdeed.diesBeforeHello)"] }
        }
        return options
    }
}
