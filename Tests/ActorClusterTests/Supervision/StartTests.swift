import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

@Suite("Starting a pool", .computing)
struct StartTests {
    @Test("the pool has started once all its workers are ready, and says so once")
    func allReady() {
        var pool = SupervisedPool(count: 3)
        #expect(pool.start() == (0..<3).map { .spawn(slot: $0, incarnation: UInt64($0 + 1)) })
        #expect(pool.makeReady(2) == [.route(slot: 2)])
        #expect(pool.makeReady(0) == [.route(slot: 0)])
        #expect(pool.makeReady(1) == [.route(slot: 1), .started])
        #expect(pool.tell(.exited(.code(1)), slot: 0).contains { $0.isSpawn })
        #expect(pool.makeReady(0) == [.route(slot: 0)])
    }

    @Test("a pool without slots has started at once, and stops at once")
    func empty() {
        var pool = SupervisedPool(count: 0)
        #expect(pool.start() == [.started])
        #expect(pool.supervision.stop() == [.stopped])
    }

    @Test("the first failed start is thrown and stops the others; nothing is started again")
    func firstFailureStops() {
        var pool = SupervisedPool(count: 3)
        _ = pool.start()
        pool.makeReady(0)
        let error = ClusterError.failedToInitialize(pool.id(1), "no database")
        #expect(pool.tell(.failed(error), slot: 1).isEmpty)
        #expect(
            pool.tell(.exited(.code(70)), slot: 1) == [
                .unroute(slot: 1), .startFailed(error), .unroute(slot: 0), .stop(incarnation: 1, from: .drain),
                .unroute(slot: 2), .stop(incarnation: 3, from: .drain),
            ])
        #expect(pool.tell(.exited(.code(70)), of: 3).isEmpty)
        #expect(pool.tell(.disconnected, of: 1) == [.stop(incarnation: 1, from: .terminate)])
        #expect(pool.tell(.exited(.code(0)), of: 1) == [.stopped])
        #expect(pool.pass(.seconds(100)).isEmpty)
        #expect(pool.start() == [.stopped])
    }

    @Test("A1: a worker that ends before its hello fails the start, and the error tells its exit")
    func endsBeforeHello() {
        var pool = SupervisedPool()
        _ = pool.start()
        #expect(pool.tell(.disconnected) == [.unroute(slot: 0)])
        let actions = pool.tell(.exited(.signal(9)))
        guard actions.count == 3, case .startFailed(.failedToInitialize(let worker, let why)) = actions[1] else {
            Issue.record("\(actions)")
            return
        }
        #expect(worker == WorkerID(group: "g", slot: 0, incarnation: 1))
        #expect(why.contains("signal 9"))
        #expect(actions[2] == .stopped)
    }

    @Test("A1: in a running pool it is a failed start: calls go on waiting, the next start comes by backoff")
    func endsBeforeHelloLater() {
        var pool = SupervisedPool.running()
        #expect(pool.pauseAfter() == .zero)
        #expect(pool.tell(.disconnected) + pool.tell(.exited(.signal(9))) == [.unroute(slot: 0), .unroute(slot: 0)])
        #expect(pool.pass(.milliseconds(100)) == [.spawn(slot: 0, incarnation: 3)])
    }

    @Test("A2: without a hello a worker is killed at 10.0 s, with one but not ready at 30.0 s; without SIGTERM")
    func notInTime() {
        for (isOnline, limit) in [(false, Duration.seconds(10)), (true, .seconds(30))] {
            var pool = SupervisedPool()
            _ = pool.start()
            _ = pool.tell(.spawned)
            if isOnline { _ = pool.tell(.online) }
            #expect(pool.pass(limit - .milliseconds(1)).isEmpty)
            #expect(pool.pass(.milliseconds(1)) == [.stop(incarnation: 1, from: .kill)])
            #expect(pool.tell(.ready).isEmpty)
            let id = pool.id()
            let error = isOnline ? ClusterError.notReady(id, after: limit) : .noHello(id, after: limit)
            #expect(pool.tell(.exited(.signal(9))) == [.unroute(slot: 0), .startFailed(error), .stopped])
        }
    }

    @Test("A2: a limit shorter than that of the hello holds from the spawn, and the time counts from the process on")
    func shortLimit() {
        var pool = SupervisedPool { $0.ready = .seconds(2) }
        _ = pool.start()
        #expect(pool.pass(.seconds(1)).isEmpty)
        _ = pool.tell(.spawned)
        #expect(pool.pass(.milliseconds(1_999)).isEmpty)
        #expect(pool.pass(.milliseconds(1)) == [.stop(incarnation: 1, from: .kill)])
    }

    @Test("A3: a factory that threw is the reason, even if its process then has to be killed")
    func factoryThrew() {
        var pool = SupervisedPool()
        _ = pool.start()
        let error = ClusterError.failedToInitialize(pool.id(), "no database")
        _ = pool.tell(.spawned) + pool.tell(.online) + pool.tell(.failed(error))
        #expect(pool.pass(.seconds(30)) == [.stop(incarnation: 1, from: .kill)])
        #expect(pool.tell(.exited(.signal(9))).contains(.startFailed(error)))
    }

    @Test("exit code 125 is a worker that does not fit, with its own words if it left any")
    func doesNotFit() {
        var silent = SupervisedPool()
        _ = silent.start()
        let id = silent.id()
        let left = ClusterError.incompatibleWorker(id, "it left with exit code 125")
        #expect(silent.tell(.exited(.code(125))).contains(.startFailed(left)))
        var speaking = SupervisedPool()
        _ = speaking.start()
        _ = speaking.tell(.failed(.failedToInitialize(id, "not listed")))
        let words = ClusterError.incompatibleWorker(id, "not listed")
        #expect(speaking.tell(.exited(.code(125))).contains(.startFailed(words)))
    }

    @Test("a process that cannot be started fails the start")
    func spawnFailed() {
        var pool = SupervisedPool(count: 2)
        _ = pool.start()
        let error = ClusterError.spawnFailed(pool.id(), call: "socketpair", errno: 24)
        #expect(
            pool.tell(.spawnFailed(error)) == [
                .unroute(slot: 0), .startFailed(error), .unroute(slot: 1), .stop(incarnation: 2, from: .drain),
            ])
        #expect(pool.tell(.exited(.code(0)), of: 2) == [.stopped])
    }

    @Test("time that a start waits for its turn to be spawned does not count")
    func waitsForItsTurn() {
        var pool = SupervisedPool()
        _ = pool.start()
        #expect(pool.supervision.nextDeadline == nil)
        #expect(pool.pass(.seconds(1_000)).isEmpty)
        #expect(pool.makeReady() == [.route(slot: 0), .started])
    }

    @Test("starting twice starts nothing more")
    func twice() {
        var pool = SupervisedPool(count: 2)
        _ = pool.start()
        #expect(pool.start().isEmpty)
        for slot in 0..<2 { pool.makeReady(slot) }
        #expect(pool.start().isEmpty)
    }
}
