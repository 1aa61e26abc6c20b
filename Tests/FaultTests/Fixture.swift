import ActorCluster
import ActorClusterTesting
import Distributed
import FaultActors
import Foundation
import ProcessIO
import Testing

/// Tests with real worker processes, one at a time, because they look at this process, change it or measure it.
@Suite("processes", .exclusive, .timeLimit(.minutes(TestLength.minutes)))
enum ProcessTests {}

/// Those that look at no more of this process than their own cluster.
@Suite("processes beside each other", .sharing, .timeLimit(.minutes(TestLength.minutes)))
enum SharingTests {}

/// Runs a cluster whose workers are the tests' worker program, counts the calls that `body` makes to its probes, and
/// checks the invariants I1 to I7 afterwards; I8, that nothing traps here, holds as long as there is somebody to ask.
/// With a bystander a worker that no fault is meant for answers calls all the while.
func withCluster(
    _ options: ClusterOptions = Groups.options, bystander: Bool = false,
    _ body: @escaping @Sendable (Cluster) async throws -> Void
) async throws {
    let calls = try CallCounter()
    let inspection = try await Inspection(calls)
    try await inspection.expectingNothing {
        try await Cluster.run(Groups.all, options: options) { cluster in
            defer { inspection.keep(cluster.actorSystem.routes.peers) }
            if bystander {
                try await withBystander(in: cluster) { try await body(cluster) }
            } else {
                try await body(cluster)
            }
            // A worker's own question to another one, which nobody waits for, may be on its way through this process.
            let system = cluster.actorSystem
            #expect(try await eventually { system.pendingCalls == 0 }, "I2: calls are left without an outcome")
        }
    }
}

/// Options for pools of the tests' worker program.
func workerProgram(_ change: (inout PoolOptions) -> Void = { _ in }) -> PoolOptions {
    var options = PoolOptions()
    options.process.executable = Processes.program("FaultyWorkers")
    options.process.arguments = []
    options.process.environment[RunRecords.variable] = CallCounter.current?.records.path
    options.process.environment[Company.variable] = Company.mark
    // A crash on purpose needs no backtrace, which takes longer than all the rest.
    options.process.environment["SWIFT_BACKTRACE"] = "enable=no"
    change(&options)
    return options
}

/// The worker processes of this test, zombies too if no other test runs beside it.
func ownWorkers() -> [Int32] {
    let workers = Processes.children(named: "FaultyWorkers")
    guard let mark = Company.mark else { return workers }
    return workers.filter { Processes.read("/proc/\($0)/environ").contains("\(Company.variable)=\(mark)") }
}

/// Sends a signal to a worker that this test started.
func send(_ signal: Int32, to worker: WorkerHandle<Probe>) throws { kill(try #require(worker.pid), signal) }

/// Waits until a process, child or not, has ended, without keeping one of Swift's threads. False: it had not by then.
func waitUntilGone(_ pid: Int32, within limit: Duration) async throws -> Bool {
    try await onOwnThread { Processes.waitUntilGone(pid, within: limit) }
}

/// Stops a process and waits until all its threads have noticed, without keeping one of Swift's. False: they had not.
func holdStill(_ pid: Int32) async throws -> Bool {
    try await onOwnThread { Processes.stop(pid) }
}

/// Waits until a worker is at work on a call.
func waitUntilBusy<Root: DistributedActor>(
    _ worker: WorkerHandle<Root>, at location: SourceLocation = #_sourceLocation
) async throws where Root.ActorSystem == ClusterActorSystem {
    let isBusy = try await eventually(within: .seconds(5) * TestLength.patience) {
        try await worker.healthCheck().callsInFlight > 0
    }
    #expect(isBusy, "\(worker.id) has no call", sourceLocation: location)
}

/// What a call threw; `nil` if it returned.
func failure(of call: () async throws -> Void) async -> (any Error)? {
    do {
        try await call()
        return nil
    } catch {
        return error
    }
}

/// A call ended otherwise than it should.
func unexpected(_ error: (any Error)?, _ what: String = "", at location: SourceLocation = #_sourceLocation) {
    Issue.record("\(what) \(error.map { "\($0)" } ?? "no error")", sourceLocation: location)
}

/// How long something took.
func elapsed(_ body: () async throws -> Void) async rethrows -> Duration {
    let start = MonotonicClock.now
    try await body()
    return MonotonicClock.now - start
}

extension WorkerPool {
    /// Waits until a slot is filled by another process than `old`, and it is ready.
    func replacement(of old: WorkerHandle<Root>) async throws -> WorkerHandle<Root> {
        let isThere = try await eventually {
            let now = self.workers[old.id.slot]
            return now.id != old.id && now.state == .ready
        }
        try #require(isThere, "no replacement for \(old.id)")
        return workers[old.id.slot]
    }
}

extension WorkerPool where Root == Probe {
    /// Has a slot empty until its backoff's first pause is over: the first restart is at once. Returns the process that
    /// was the last in it.
    func emptySlot(_ slot: Int) async throws -> WorkerHandle<Probe> {
        let first = workers[slot]
        try send(SIGKILL, to: first)
        let second = try await replacement(of: first)
        try send(SIGKILL, to: second)
        #expect(try await eventually { second.state == .exited })
        return second
    }
}
