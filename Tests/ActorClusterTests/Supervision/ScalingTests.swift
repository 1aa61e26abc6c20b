import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

@Suite("Scaling a pool", .computing)
struct ScalingTests {
    private func retire(_ slot: Int, _ incarnation: UInt64) -> [Supervision.Action] {
        [.unroute(slot: slot), .stop(incarnation: incarnation, from: .drain), .retired(slot: slot)]
    }

    @Test("G-10: up, it has its size when all new slots are ready; down, the highest slots go first and stay away")
    func upAndDown() {
        var pool = SupervisedPool.running(count: 2)
        #expect(pool.scale(to: 4) == [.spawn(slot: 2, incarnation: 3), .spawn(slot: 3, incarnation: 4)])
        #expect(pool.makeReady(3) == [.route(slot: 3)])
        #expect(pool.makeReady(2) == [.route(slot: 2), .scaled])
        #expect(pool.scale(to: 2) == retire(3, 4) + retire(2, 3))
        #expect(pool.tell(.exited(.code(0)), of: 3) == [.unroute(slot: 2)])
        #expect(
            pool.tell(.exited(.signal(9)), of: 4)
                == [.unroute(slot: 3), .removed(slot: 3), .removed(slot: 2), .scaled])
        #expect(pool.supervision.incarnations == [1, 2])
        #expect(pool.pass(.seconds(1_000)).isEmpty)
        #expect(pool.supervision.stop().count == 4)
    }

    @Test("the size it has already is reached at once")
    func sameSize() {
        var pool = SupervisedPool.running(count: 2)
        #expect(pool.scale(to: 2) == [.scaled])
    }

    @Test("the first new worker that ends takes the other new ones with it; the old ones stay")
    func growthFails() {
        var pool = SupervisedPool.running(count: 2)
        _ = pool.scale(to: 5)
        pool.makeReady(3)
        let error = ClusterError.failedToInitialize(pool.id(2), "no database")
        _ = pool.tell(.failed(error), slot: 2)
        #expect(
            pool.tell(.exited(.code(70)), slot: 2)
                == [.unroute(slot: 2)] + retire(4, 5) + retire(3, 4) + [.retired(slot: 2)])
        #expect(pool.tell(.exited(.code(0)), of: 4) == [.unroute(slot: 3)])
        #expect(
            pool.tell(.exited(.code(0)), of: 5) == [
                .unroute(slot: 4), .removed(slot: 4), .removed(slot: 3), .removed(slot: 2), .scaleFailed(error),
            ])
        #expect(pool.supervision.incarnations == [1, 2])
        #expect(pool.scale(to: 3) == [.spawn(slot: 2, incarnation: 6)])
        #expect(pool.makeReady(2) == [.route(slot: 2), .scaled])
    }

    @Test("a new worker that is not ready in time, is stopped or leaves for good undoes the growth too")
    func otherEnds() {
        for (event, error) in [
            (Supervision.Event.stopRequested, nil), (.violated(.notInPrimary), .notInPrimary), (.spawned, nil),
        ] as [(Supervision.Event, ClusterError?)] {
            var pool = SupervisedPool.running(count: 1)
            _ = pool.scale(to: 2)
            _ = pool.tell(event, slot: 1)
            let killed = pool.pass(.seconds(10))
            #expect(killed.isEmpty == (event != .spawned))
            let end = pool.tell(.exited(.signal(9)), of: 2)
            guard case .scaleFailed(let thrown)? = end.last else {
                Issue.record("\(event): \(end)")
                continue
            }
            #expect(error == nil || thrown == error)
            #expect(pool.supervision.incarnations == [1])
        }
    }

    @Test("workers that were there before die and come back while the pool grows and shrinks")
    func restartsMeanwhile() {
        var pool = SupervisedPool.running(count: 2)
        _ = pool.scale(to: 3)
        #expect(pool.tell(.exited(.signal(9)), slot: 0) == [.unroute(slot: 0), .spawn(slot: 0, incarnation: 4)])
        #expect(pool.makeReady(2) == [.route(slot: 2), .scaled])
        #expect(pool.makeReady(0) == [.route(slot: 0)])
        _ = pool.tell(.exited(.signal(9)), slot: 1)
        _ = pool.scale(to: 1)
        #expect(pool.tell(.exited(.code(0)), of: 3) == [.unroute(slot: 2), .removed(slot: 2)])
        #expect(pool.tell(.exited(.code(0)), of: 5) == [.unroute(slot: 1), .removed(slot: 1), .scaled])
    }

    @Test("a slot that pauses, or is being replaced, goes with a smaller size and does not come back")
    func shrinkInPause() {
        var pool = SupervisedPool.running(count: 3)
        _ = pool.pauseAfter(slot: 2)
        _ = pool.tell(.exited(.signal(9)), slot: 2)
        #expect(pool.restart(1, after: 2).count == 2)
        #expect(
            pool.scale(to: 1) == [
                .retired(slot: 2), .retired(slot: 1), .notReplaced(slot: 1, .stopped), .removed(slot: 2),
            ])
        #expect(pool.tell(.exited(.code(0)), of: 2) == [.unroute(slot: 1), .removed(slot: 1), .scaled])
        #expect(pool.pass(.seconds(1_000)).isEmpty)
    }

    @Test("the pool's stop ends the change and every worker, the new ones too")
    func stopMeanwhile() {
        var growing = SupervisedPool.running(count: 1)
        _ = growing.scale(to: 2)
        #expect(growing.supervision.stop().first == .scaleFailed(.stopped))
        _ = growing.tell(.exited(.code(0)), of: 1)
        #expect(growing.tell(.exited(.code(0)), of: 2) == [.stopped])
        #expect(growing.supervision.reopen() == [.removed(slot: 1)])
        var shrinking = SupervisedPool.running(count: 2)
        _ = shrinking.scale(to: 1)
        #expect(shrinking.supervision.stop().first == .scaleFailed(.stopped))
        _ = shrinking.tell(.exited(.code(0)), of: 1)
        #expect(shrinking.tell(.exited(.code(0)), of: 2) == [.stopped])
        #expect(shrinking.scale(to: 2) == [.scaleFailed(.stopped)])
    }

    @Test("when what is left after a change has been given up, the pool has")
    func givenUpRest() {
        var pool = SupervisedPool.running(count: 2) { $0.intensity = RestartIntensity(0) }
        #expect(pool.tell(.exited(.signal(9)), slot: 0) == [.unroute(slot: 0), .gaveUp(slot: 0)])
        _ = pool.scale(to: 1)
        #expect(pool.tell(.exited(.code(0)), slot: 1).contains { $0.isPoolGaveUp })
    }

    @Test("a pool that has stopped can be opened again: the same size, nothing spent, its last exits known")
    func reopened() {
        var pool = SupervisedPool.running(count: 2) { $0.intensity = RestartIntensity(1) }
        #expect(pool.pauseAfter(.code(41)) == .zero)
        _ = pool.scale(to: 1)
        _ = pool.tell(.exited(.code(0)), slot: 1)
        _ = pool.tell(.exited(.code(42)), slot: 0)
        #expect(pool.supervision.stop() == [.stopped])
        #expect(pool.supervision.reopen().isEmpty)
        #expect(pool.start() == [.spawn(slot: 0, incarnation: 4)])
        #expect(pool.makeReady() == [.route(slot: 0), .started])
        #expect(pool.pauseAfter(.code(43)) == .zero)
        guard case .poolGaveUp(.gaveUp(_, let story))? = pool.tell(.exited(.code(44))).last else {
            Issue.record("it has not given up")
            return
        }
        for code in 41...44 { #expect(story.contains("\(code)")) }
    }
}
