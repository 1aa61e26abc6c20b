import ActorClusterTesting
import ProcessIO
import Testing

@testable import ActorCluster

@Suite("Stopping a pool", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct StopTests {
    @Test("a pool stopped before its start never starts")
    func beforeStart() {
        var pool = SupervisedPool(count: 2)
        #expect(pool.supervision.stop() == [.stopped])
        #expect(pool.start() == [.stopped])
        #expect(pool.supervision.incarnations == [nil, nil])
    }

    @Test("every worker is asked to drain, whatever it is doing; the pool has stopped when the last one is gone")
    func everyState() {
        var pool = SupervisedPool.running(count: 4)
        _ = pool.pauseAfter(slot: 0)
        _ = pool.tell(.disconnected, slot: 1)
        #expect(pool.pauseAfter(slot: 2) == .zero)
        _ = pool.tell(.exited(.code(1)), slot: 2)
        #expect(pool.supervision.incarnations == [5, 2, nil, 4])
        #expect(
            pool.supervision.stop() == [
                .unroute(slot: 0), .stop(incarnation: 5, from: .drain), .stop(incarnation: 2, from: .terminate),
                .unroute(slot: 3), .stop(incarnation: 4, from: .drain),
            ])
        #expect(pool.supervision.stop().isEmpty)
        #expect(pool.pass(.seconds(100)).isEmpty)
        #expect(pool.tell(.exited(.signal(15)), of: 2).isEmpty)
        #expect(pool.tell(.exited(.code(0)), of: 4).isEmpty)
        #expect(pool.tell(.exited(.signal(9)), of: 5) == [.stopped])
        #expect(pool.tell(.exited(.signal(9)), of: 5).isEmpty)
        #expect(pool.supervision.stop().isEmpty)
    }

    @Test("a worker that is being started when the pool stops does not become ready")
    func whileStarting() {
        var pool = SupervisedPool(count: 2)
        _ = pool.start()
        pool.makeReady(0)
        #expect(pool.supervision.stop().count == 4)
        #expect(pool.makeReady(1).isEmpty)
        #expect(pool.pass(.seconds(100)).isEmpty)
        let error = ClusterError.spawnFailed(pool.id(1), call: "fork", errno: 11)
        #expect(pool.tell(.spawnFailed(error), slot: 1).isEmpty)
        #expect(pool.tell(.exited(.code(0)), slot: 0) == [.stopped])
    }

    @Test("starts whose turn to be spawned has not come end with the pool's stop, and are no failures")
    func withdrawn() {
        var pool = SupervisedPool(count: 3)
        _ = pool.start()
        pool.makeReady(0)
        #expect(pool.supervision.stop().count == 6)
        #expect(pool.tell(.withdrawn, slot: 1).isEmpty)
        #expect(pool.tell(.withdrawn, slot: 2).isEmpty)
        #expect(pool.supervision.story(1) == "slot 1 has had no process")
        #expect(pool.tell(.exited(.code(0)), slot: 0) == [.stopped])
    }

    @Test("a start whose turn has not come is followed by what was wished for its slot, at once")
    func withdrawnByWish() {
        var pool = SupervisedPool.running(count: 2)
        _ = pool.tell(.exited(.signal(9)), slot: 0)
        #expect(pool.restart(0, after: 3) == [.unroute(slot: 0), .stop(incarnation: 3, from: .drain)])
        #expect(pool.tell(.withdrawn, of: 3) == [.unroute(slot: 0), .spawn(slot: 0, incarnation: 4)])
        #expect(pool.makeReady() == [.route(slot: 0), .replaced(slot: 0)])
        _ = pool.scale(to: 4)
        let undone = pool.supervision.undoGrowth(.stopped)
        #expect(undone.contains(.retired(slot: 2)) && undone.contains(.retired(slot: 3)))
        #expect(pool.tell(.withdrawn, of: 5) == [.unroute(slot: 2)])
        #expect(
            pool.tell(.withdrawn, of: 6) == [
                .unroute(slot: 3), .removed(slot: 3), .removed(slot: 2), .scaleFailed(.stopped),
            ])
    }

    @Test("A9: a worker that dies while it drains ends its drain, and is neither restarted nor counted")
    func diesDuringDrain() {
        var pool = SupervisedPool.running(count: 2)
        _ = pool.supervision.stop()
        #expect(pool.tell(.disconnected, slot: 0) == [.stop(incarnation: 1, from: .terminate)])
        #expect(pool.tell(.exited(.signal(11)), of: 1).isEmpty)
        #expect(pool.tell(.exited(.code(0)), of: 2) == [.stopped])
        #expect(pool.supervision.nextDeadline == nil)
    }

    @Test("a worker that breaks the protocol while it drains is killed")
    func violatesDuringDrain() {
        var pool = SupervisedPool.running()
        _ = pool.supervision.stop()
        let error = ClusterError.incompatibleWorker(pool.id(), "it broke the protocol")
        #expect(pool.tell(.violated(error)).contains(.stop(incarnation: 1, from: .kill)))
        #expect(pool.tell(.exited(.signal(9))) == [.stopped])
    }

    @Test("a pool that gave up stops at once")
    func gaveUp() {
        var pool = SupervisedPool.running { $0.policy = .never }
        _ = pool.tell(.exited(.code(1)))
        #expect(pool.supervision.stop() == [.stopped])
    }

    @Test("A13: whatever comes first, the end of the pipe or of the process, a slot is filled once, after the process")
    func anyOrder() {
        for seed in 1...UInt64(TestLength.rounds(10_000, long: 50_000)) {
            var generator = SeededGenerator(seed: seed)
            var pool = SupervisedPool.running(count: 3)
            var ends: [(UInt64, Supervision.Event)] = []
            for incarnation in [1, 2, 3] as [UInt64] {
                ends += [(incarnation, .disconnected), (incarnation, .exited(.signal(9)))]
                if Bool.random(using: &generator) { ends.append((incarnation, .disconnected)) }
                if Bool.random(using: &generator) { ends.append((incarnation, .ready)) }
            }
            var (exited, routed) = (Set<UInt64>(), Set([0, 1, 2]))
            for (incarnation, event) in ends.shuffled(using: &generator) {
                if case .exited = event { exited.insert(incarnation) }
                for action in pool.tell(event, of: incarnation) {
                    switch action {
                    case .unroute(let slot): routed.remove(slot)
                    case .spawn(let slot, _):
                        if routed.contains(slot) || !exited.contains(UInt64(slot) + 1) { Issue.record("seed \(seed)") }
                    default: Issue.record("seed \(seed): \(action)")
                    }
                }
            }
            if pool.supervision.incarnations.contains(where: { ($0 ?? 0) < 4 }) || pool.lastIncarnation != 6 {
                Issue.record("seed \(seed): \(pool.supervision.incarnations)")
            }
        }
    }
}
