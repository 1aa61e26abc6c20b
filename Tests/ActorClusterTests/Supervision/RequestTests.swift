import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

@Suite("What is asked for one worker", .computing)
struct RequestTests {
    private func drain(_ slot: Int, _ incarnation: UInt64) -> [Supervision.Action] {
        [.unroute(slot: slot), .stop(incarnation: incarnation, from: .drain)]
    }

    @Test("a worker that is to be replaced drains, and the next one starts at once: no pause, nothing of the budget")
    func replace() {
        var pool = SupervisedPool.running { $0.intensity = RestartIntensity(0) }
        for incarnation in 1...20 as ClosedRange<UInt64> {
            #expect(pool.tell(.replace) == drain(0, incarnation))
            #expect(pool.tell(.replace).isEmpty)
            #expect(pool.tell(.disconnected) == [.stop(incarnation: incarnation, from: .terminate)])
            #expect(
                pool.tell(.exited(.code(0))) == [.unroute(slot: 0), .spawn(slot: 0, incarnation: incarnation + 1)])
            pool.makeReady()
        }
        #expect(pool.tell(.exited(.code(0))).contains(.gaveUp(slot: 0)))
    }

    @Test("A9: one that dies while it drains for its replacement is replaced all the same, whatever the policy says")
    func diesWhileReplaced() {
        for policy in [RestartPolicy.always, .onFailure, .never] {
            for status in [EndStatus.code(0), .code(1), .signal(9), .signal(15), .unknown] {
                var pool = SupervisedPool.running { $0.policy = policy }
                _ = pool.tell(.replace)
                #expect(pool.tell(.exited(status)) == [.unroute(slot: 0), .spawn(slot: 0, incarnation: 2)])
                #expect(pool.makeReady() == [.route(slot: 0)])
            }
        }
    }

    @Test("a replacement while the pool starts does not fail its start")
    func replacedDuringStart() {
        var pool = SupervisedPool(count: 2)
        _ = pool.start()
        pool.makeReady(0)
        _ = pool.tell(.replace, slot: 0)
        #expect(pool.tell(.exited(.code(0)), slot: 0) == [.unroute(slot: 0), .spawn(slot: 0, incarnation: 3)])
        #expect(pool.makeReady(1) == [.route(slot: 1)])
        #expect(pool.makeReady(0) == [.route(slot: 0), .started])
    }

    @Test("S-02: a worker that was asked to stop leaves its slot empty for good")
    func stopRequested() {
        var pool = SupervisedPool.running(count: 2)
        #expect(pool.tell(.stopRequested) == drain(0, 1) + [.retired(slot: 0)])
        #expect(pool.tell(.stopRequested).isEmpty)
        #expect(pool.tell(.exited(.signal(9))) == [.unroute(slot: 0)])
        #expect(pool.pass(.seconds(1_000)).isEmpty)
        #expect(pool.supervision.incarnations == [nil, 2])
        #expect(pool.tell(.stopRequested, slot: 1) == drain(1, 2) + [.retired(slot: 1)])
        #expect(pool.tell(.exited(.code(0)), of: 2) == [.unroute(slot: 1)])
        #expect(pool.supervision.stop() == [.stopped])
    }

    @Test("an unhealthy worker is killed at once and restarted as a failure, also one that ends with 0 or SIGTERM")
    func unhealthy() {
        for status in [EndStatus.code(0), .signal(9), .signal(15)] {
            var pool = SupervisedPool.running { $0.policy = .onFailure }
            #expect(
                pool.tell(.unhealthy(.stopped)) == [.unroute(slot: 0), .stop(incarnation: 1, from: .kill)])
            #expect(pool.tell(.disconnected) == [.stop(incarnation: 1, from: .terminate)])
            #expect(pool.tell(.exited(status)) == [.unroute(slot: 0), .spawn(slot: 0, incarnation: 2)])
            #expect(pool.pauseAfter() == .milliseconds(100))
        }
    }

    @Test("B3: a suspect worker gets no calls until it speaks again; that is no restart")
    func suspect() {
        var pool = SupervisedPool.running()
        #expect(pool.tell(.suspect) == [.suspect(slot: 0)])
        #expect(pool.tell(.suspect).isEmpty)
        #expect(pool.tell(.recovered) == [.route(slot: 0)])
        #expect(pool.tell(.recovered).isEmpty)
        #expect(pool.pauseAfter() == .zero)
    }

    // MARK: By handle

    @Test("a restart by handle ends when a newer process is ready, and two of one handle are one replacement")
    func restartByHandle() {
        var pool = SupervisedPool.running()
        #expect(pool.restart(0, after: 1) == drain(0, 1))
        #expect(pool.restart(0, after: 1).isEmpty)
        #expect(pool.tell(.exited(.code(0))) == [.unroute(slot: 0), .spawn(slot: 0, incarnation: 2)])
        #expect(pool.restart(0, after: 1).isEmpty)
        #expect(pool.makeReady() == [.route(slot: 0), .replaced(slot: 0)])
        #expect(pool.restart(0, after: 1) == [.replaced(slot: 0)])
        #expect(pool.incarnation() == 2)
        #expect(pool.restart(0, after: 2) == drain(0, 2))
    }

    @Test("a replacement that fails says so to whoever asked, and the slot goes on by its policy")
    func replacementFails() {
        var pool = SupervisedPool.running()
        _ = pool.restart(0, after: 1)
        _ = pool.tell(.exited(.code(0)))
        let error = ClusterError.failedToInitialize(pool.id(), "no database")
        _ = pool.tell(.online) + pool.tell(.failed(error))
        #expect(
            pool.tell(.exited(.code(70))) == [
                .unroute(slot: 0), .notReplaced(slot: 0, error), .spawn(slot: 0, incarnation: 3),
            ])
        #expect(pool.makeReady() == [.route(slot: 0)])
    }

    @Test("S-06: a slot that pauses is filled at once by a restart, and stays empty after a stop of its last worker")
    func inPause() {
        var pool = SupervisedPool.running()
        #expect(pool.pauseAfter() == .zero)
        #expect(pool.tell(.exited(.signal(9))) == [.unroute(slot: 0)])
        var stopped = pool
        #expect(pool.restart(0, after: 2) == [.spawn(slot: 0, incarnation: 3)])
        #expect(stopped.supervision.stopWorker(0, incarnation: 1).isEmpty)
        #expect(stopped.supervision.stopWorker(0, incarnation: 2) == [.retired(slot: 0)])
        #expect(stopped.supervision.stopWorker(0, incarnation: 2).isEmpty)
        #expect(stopped.pass(.seconds(1_000)).isEmpty)
    }

    @Test("a slot that was given up gets a new life by a restart, with a budget of its own, and can give up again")
    func revived() {
        var pool = SupervisedPool.running { $0.intensity = RestartIntensity(1) }
        #expect(pool.pauseAfter() == .zero)
        #expect(pool.tell(.exited(.signal(4))).contains { $0.isPoolGaveUp })
        #expect(pool.restart(0, after: 2) == [.spawn(slot: 0, incarnation: 3)])
        #expect(pool.makeReady() == [.route(slot: 0), .replaced(slot: 0)])
        #expect(pool.pauseAfter() == .zero)
        #expect(pool.tell(.exited(.signal(4))).contains { $0.isPoolGaveUp })
    }

    @Test("whoever waits for a replacement hears when the slot is stopped, given up, or the pool stops")
    func noReplacement() {
        var stopped = SupervisedPool.running()
        _ = stopped.restart(0, after: 1)
        #expect(stopped.supervision.stopWorker(0, incarnation: 1).contains(.notReplaced(slot: 0, .stopped)))
        #expect(stopped.restart(0, after: 1) == [.notReplaced(slot: 0, .stopped)])
        var ending = SupervisedPool.running()
        _ = ending.restart(0, after: 1)
        #expect(ending.supervision.stop().contains(.notReplaced(slot: 0, .stopped)))
        #expect(ending.restart(0, after: 1) == [.notReplaced(slot: 0, .stopped)])
        var permanent = SupervisedPool.running()
        _ = permanent.restart(0, after: 1)
        let actions = permanent.tell(.exited(.code(125)))
        #expect(actions.contains { if case .notReplaced(slot: 0, .gaveUp) = $0 { true } else { false } })
        #expect(permanent.restart(7, after: 1) == [.notReplaced(slot: 7, .stopped)])
    }
}
