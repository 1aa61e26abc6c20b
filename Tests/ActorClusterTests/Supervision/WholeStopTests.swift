import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

/// `ClusterStop`, `Supervision` and `ShutdownPlan` together, with the real limits.
@Suite("Stopping a whole cluster", .computing)
struct WholeStopTests {
    @Test("workers that leave when they are asked end the stop at once, pool by pool")
    func graceful() {
        var cluster = StoppingCluster(pools: 2, workersLeaveAt: .drain)
        cluster.stop(by: .signal)
        #expect(
            cluster.log == [
                "0 begin", "0 pool 1: drain", "0 pool 1: drain", "0 pool 1: stopped", "0 pool 0: drain",
                "0 pool 0: drain", "0 pool 0: stopped", "0 cancelBody", "0 end",
            ])
    }

    @Test("B8: workers that ignore everything get SIGTERM after 10 s and SIGKILL after 15 s, all of a pool at once")
    func stubborn() {
        var cluster = StoppingCluster(pools: 1, workersLeaveAt: .kill)
        cluster.stop(by: .signal)
        #expect(
            cluster.log == [
                "0 begin", "0 pool 0: drain", "0 pool 0: drain", "10 pool 0: terminate", "10 pool 0: terminate",
                "15 pool 0: kill", "15 pool 0: kill", "15 pool 0: stopped", "15 cancelBody", "15 end",
            ])
    }

    @Test("G-04: three stubborn pools would take 45 s; after 30 s the process is ended")
    func clusterLimit() {
        var cluster = StoppingCluster(pools: 3, workersLeaveAt: .kill)
        cluster.stop(by: .signal)
        #expect(cluster.log.contains("15 pool 2: stopped"))
        #expect(cluster.log.contains("30 forceExit"))
        #expect(!cluster.log.contains { $0.hasSuffix("cancelBody") })
    }

    @Test("without a signal the limit kills what is left, and the stop goes on to its end")
    func limitOfProgram() {
        var cluster = StoppingCluster(pools: 3, workersLeaveAt: .kill)
        cluster.stop(by: .program)
        #expect(
            cluster.log.filter { $0.hasSuffix("stopped") } == [
                "15 pool 2: stopped", "30 pool 1: stopped", "30 pool 0: stopped",
            ])
        #expect(cluster.log.suffix(2) == ["30 cancelBody", "30 end"])
    }

    @Test("H1: a second signal 3 s after the first kills every worker then")
    func secondSignal() {
        var cluster = StoppingCluster(pools: 2, workersLeaveAt: .kill)
        cluster.stop(by: .signal, secondSignalAt: 3)
        #expect(
            cluster.log.filter { $0.hasSuffix("kill") } == Array(repeating: "3 pool 0: kill", count: 2)
                + Array(repeating: "3 pool 1: kill", count: 2))
        #expect(cluster.log.contains("3 forceExit"))
    }
}

/// Pools of two ready workers each, which leave at a certain stage and not before, and a body that ends when it is
/// cancelled.
private struct StoppingCluster {
    private var ending = ClusterStop(limit: .seconds(30))
    private var pools: [SupervisedPool]
    private var plans: [ShutdownPlan]
    private let leaveAt: ShutdownPlan.Stage
    /// Of those that are left, in order of start.
    private var left: [Int]
    private var now = Instant.zero
    private(set) var log: [String] = []

    init(pools count: Int, workersLeaveAt stage: ShutdownPlan.Stage) {
        pools = (0..<count).map { _ in .running(count: 2) }
        plans = (0..<count).map { _ in ShutdownPlan(limits: WorkerTimeouts()) }
        left = Array(0..<count)
        leaveAt = stage
    }

    mutating func stop(by cause: ClusterStop.Cause, secondSignalAt second: Int? = nil) {
        perform(ending.asked(by: cause, pools: left.count, at: now))
        var signal = second.map { Instant.zero + .seconds($0) }
        while let next = (plans.compactMap(\.nextDeadline) + [ending.nextDeadline, signal].compactMap { $0 }).min() {
            now = next
            if signal == next {
                signal = nil
                perform(ending.asked(by: .signal, pools: left.count, at: now))
            }
            for pool in plans.indices { perform(plans[pool].tick(at: now), pool) }
            perform(ending.tick(at: now))
        }
    }

    private mutating func note(_ text: String) {
        log.append("\((now - .zero).components.seconds) \(text)")
    }

    private mutating func perform(_ actions: [ClusterStop.Action]) {
        for action in actions {
            switch action {
            case .stopPool:
                guard let last = left.last else { continue }
                perform(pools[last].supervision.stop(), last)
            case .kill: for pool in left { kill(pool) }
            case .cancelBody:
                note("cancelBody")
                perform(ending.bodyEnded(pools: left.count, at: now))
            case .begin, .end, .forceExit: note("\(action)")
            }
        }
    }

    private mutating func kill(_ pool: Int) {
        perform(pools[pool].supervision.stop(), pool)
        for incarnation in pools[pool].supervision.incarnations.compactMap({ $0 }) {
            perform(plans[pool].stop(incarnation, from: .kill, at: now), pool)
        }
    }

    private mutating func perform(_ actions: [Supervision.Action], _ pool: Int) {
        for action in actions {
            switch action {
            case .stop(let incarnation, let stage):
                perform(plans[pool].stop(incarnation, from: stage, at: now), pool)
            case .stopped:
                note("pool \(pool): stopped")
                left.removeAll { $0 == pool }
                perform(ending.poolStopped(left: left.count))
            default: break
            }
        }
    }

    private mutating func perform(_ steps: [ShutdownPlan.Action], _ pool: Int) {
        for step in steps { note("pool \(pool): \(step.stage)") }
        for step in steps where step.stage >= leaveAt {
            plans[pool].exited(step.incarnation)
            perform(pools[pool].tell(.exited(.code(0)), of: step.incarnation), pool)
        }
    }
}
