import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

@Suite("What happens during a reload", .computing)
struct ReloadMeanwhileTests {
    private let died = EndStatus.signal(9)

    private func beside(_ slot: Int, _ incarnation: UInt64) -> Supervision.Action {
        .spawnBeside(slot: slot, incarnation: incarnation)
    }

    /// Two slots, of which slot 0 has been reloaded and slot 1 is being.
    private var halfWay: SupervisedPool {
        var pool = SupervisedPool.running(count: 2)
        _ = pool.reload() + pool.finishTurn(0)
        return pool
    }

    private func isFailure(_ action: Supervision.Action?) -> Bool { action?.failedReplacement != nil }

    // MARK: Deaths

    @Test(
        "G9: a worker that dies before its slot's turn restarts with its own build, one that has been reloaded with the new"
    )
    func deaths() {
        var pool = SupervisedPool.running(count: 2)
        _ = pool.reload()
        #expect(pool.tell(.exited(died), slot: 1) == [.unroute(slot: 1), .spawn(slot: 1, incarnation: 4)])
        #expect(pool.builds[1] == 0)
        #expect(pool.finishTurn(0) == [beside(1, 5)])
        #expect(pool.tell(.exited(died), slot: 0) == [.unroute(slot: 0), .spawn(slot: 0, incarnation: 6)])
        #expect(pool.builds[0] == 1)
        #expect(pool.takeOver(1) == [.handOver(slot: 1, to: 5), .stop(incarnation: 4, from: .drain)])
    }

    @Test("G9: when a worker dies whose successor is starting, that one fills the slot: no failure, no pause")
    func successor() {
        var pool = SupervisedPool.running { $0.intensity = RestartIntensity(0) }
        _ = pool.reload()
        #expect(pool.tell(.exited(died), of: 1) == [.unroute(slot: 0), .handOver(slot: 0, to: 2)])
        #expect(pool.incarnation() == 2 && pool.beside() == 0)
        #expect(pool.makeReady() == [.route(slot: 0)])
        #expect(pool.pass(.seconds(1)) == [.reloaded])
    }

    @Test(
        "a successor that fails alone in its slot is followed by the build before, at once and without a failure counted"
    )
    func successorFails() {
        var pool = SupervisedPool.running { $0.intensity = RestartIntensity(0) }
        _ = pool.reload() + pool.tell(.exited(died), of: 1)
        let actions = pool.tell(.exited(.code(70)), of: 2)
        #expect(actions.prefix(2) == [.unroute(slot: 0), .spawn(slot: 0, incarnation: 3)])
        #expect(isFailure(actions.last) && pool.builds == [0])
        var settling = SupervisedPool.running()
        _ = settling.reload() + settling.takeOver() + settling.tell(.exited(died), of: 1)
        #expect(settling.tell(.suspect) == [.unroute(slot: 0), .stop(incarnation: 2, from: .drain), beside(0, 3)])
        #expect(settling.tell(.exited(died), of: 2) == [.unroute(slot: 0), .handOver(slot: 0, to: 3)])
        #expect(settling.makeReady() == [.route(slot: 0)])
        #expect(isFailure(settling.pass(.seconds(1)).last))
    }

    // MARK: The way back

    @Test(
        "on the way back the build before is tried five times; a slot that cannot have it keeps its process until it ends"
    )
    func stuck() throws {
        var pool = halfWay
        var next = pool.tell(.exited(died), of: pool.beside(1))
        for attempt in 1...5 {
            #expect(next.contains { if case .spawnBeside(slot: 0, _) = $0 { true } else { false } }, "\(attempt)")
            next = pool.tell(.exited(.code(70)), of: pool.beside(0)) + (attempt < 5 ? pool.pass(.seconds(1)) : [])
        }
        let failure = try #require(next.last?.failedReplacement)
        #expect(failure.worker.slot == 1 && failure.reason.contains("slot 0 keeps the new build"))
        #expect(pool.builds == [1, 0])
        #expect(pool.tell(.exited(died), slot: 0).contains { $0.isSpawn })
        #expect(pool.builds == [0, 0])
    }

    @Test("on the way back, too, a process has to be well before the other one leaves")
    func wayBackSettles() {
        var pool = halfWay
        _ = pool.tell(.exited(died), of: pool.beside(1))
        let new = pool.incarnation(0)
        pool.takeOver(0)
        #expect(pool.tell(.disconnected, slot: 0) == [.handOver(slot: 0, to: new)])
        #expect(pool.incarnation(0) == new)
        #expect(
            pool.tell(.exited(died), of: pool.beside(0)).contains { if case .spawnBeside = $0 { true } else { false } })
        #expect(isFailure(pool.finishTurn(0).last) && pool.builds == [0, 0])
    }

    // MARK: Slots without a worker

    @Test(
        "a slot that pauses is filled at once; one that was given up gets a new life; one that was stopped stays empty")
    func emptySlots() {
        var pool = SupervisedPool.running(count: 3) { $0.intensity = RestartIntensity(1) }
        _ = pool.pauseAfter(slot: 0) ?? .zero
        _ = pool.tell(.exited(died), slot: 0)
        _ = pool.tell(.stopRequested, slot: 1) + pool.tell(.exited(.code(0)), slot: 1)
        #expect(pool.supervision.incarnations == [nil, nil, 3])
        #expect(pool.reload() == [.spawn(slot: 0, incarnation: 5)])
        #expect(pool.makeReady(0) == [.route(slot: 0)])
        #expect(pool.pass(.seconds(1)) == [beside(2, 6)])
        #expect(pool.finishTurn(2) == [.reloaded])
        #expect(pool.supervision.incarnations == [5, nil, 6])
        var empty = SupervisedPool.running()
        _ = empty.tell(.stopRequested) + empty.tell(.exited(.code(0)))
        #expect(empty.reload() == [.reloaded])
    }

    // MARK: Wishes

    @Test("a stop during a reload ends it, and everybody leaves, the second processes too")
    func stop() {
        var pool = SupervisedPool.running(count: 2)
        _ = pool.reload(surge: 2) + pool.takeOver(1)
        let actions = pool.supervision.stop()
        #expect(actions.first == .reloadFailed(.stopped))
        for incarnation in 1...4 as ClosedRange<UInt64> {
            #expect(actions.contains(.stop(incarnation: incarnation, from: .drain)))
        }
        #expect(pool.supervision.allIncarnations.sorted() == [1, 2, 3, 4])
        for incarnation in 1...3 as ClosedRange<UInt64> {
            #expect(pool.tell(.exited(.code(0)), of: incarnation).isEmpty)
        }
        #expect(pool.tell(.exited(.code(0)), of: 4) == [.stopped])
        #expect(pool.reload() == [.reloadFailed(.stopped)])
        #expect(pool.supervision.reopen().isEmpty && pool.start().count == 2)
        #expect(pool.builds == [0, 0])
    }

    @Test("a slot that is stopped by wish during its turn stays empty, and the reload goes on")
    func stopWorker() {
        var pool = SupervisedPool.running(count: 2)
        _ = pool.reload()
        #expect(
            pool.supervision.stopWorker(0, incarnation: 1) == [
                .unroute(slot: 0), .stop(incarnation: 1, from: .drain), .stop(incarnation: 3, from: .drain),
                .retired(slot: 0),
            ])
        #expect(pool.tell(.exited(.code(0)), of: 1) == [.unroute(slot: 0)])
        #expect(pool.tell(.exited(.code(0)), of: 3) == [beside(1, 4)])
        #expect(pool.finishTurn(1) == [.reloaded])
        #expect(pool.supervision.incarnations == [nil, 4])
    }

    @Test("one that is kept in reserve leaves when it is stopped by wish; its slot stays filled")
    func stopReserve() {
        var pool = SupervisedPool.running()
        _ = pool.reload() + pool.takeOver()
        #expect(pool.supervision.stopWorker(0, incarnation: 1) == [.stop(incarnation: 1, from: .drain)])
        #expect(pool.tell(.exited(.code(0)), of: 1).isEmpty)
        #expect(pool.pass(.seconds(1)) == [.reloaded])
        #expect(pool.builds == [1])
    }

    @Test("a restart by handle is served by the successor that is on its way; of a new worker it begins its trial anew")
    func restart() {
        var pool = SupervisedPool.running()
        _ = pool.reload()
        #expect(pool.restart(0, after: 1).isEmpty)
        #expect(pool.takeOver() == [.handOver(slot: 0, to: 2), .replaced(slot: 0)])
        #expect(pool.restart(0, after: 2) == [.unroute(slot: 0), .stop(incarnation: 2, from: .drain)])
        #expect(pool.tell(.exited(.code(0)), of: 2) == [.unroute(slot: 0), .spawn(slot: 0, incarnation: 3)])
        #expect(pool.builds == [1] && pool.pass(.seconds(5)).isEmpty)
        #expect(pool.makeReady() == [.route(slot: 0), .replaced(slot: 0)])
        #expect(pool.pass(.seconds(1)) == [.stop(incarnation: 1, from: .drain)])
        var failing = SupervisedPool.running()
        _ = failing.reload() + failing.restart(0, after: 1)
        let end = failing.tell(.exited(died), of: 2)
        #expect(end.contains { if case .notReplaced = $0 { true } else { false } } && isFailure(end.last))
    }

    @Test("a successor of a wished restart that fails its trial gives the slot back to the one in reserve")
    func restartFails() {
        var pool = SupervisedPool.running()
        _ = pool.reload() + pool.takeOver() + pool.restart(0, after: 2) + pool.tell(.exited(.code(0)), of: 2)
        let end = pool.tell(.exited(.code(70)), of: 3)
        #expect(end.contains(.handOver(slot: 0, to: 1)) && isFailure(end.last))
        #expect(pool.incarnation() == 1 && pool.supervision.isReady(1))
    }

    @Test("a pool is not scaled and reloaded at once, nor reloaded twice")
    func oneAtATime() {
        var pool = SupervisedPool.running(count: 2)
        _ = pool.reload()
        #expect(pool.scale(to: 3) == [.scaleFailed(.stopped)])
        #expect(pool.reload(to: 2) == [.reloadFailed(.stopped)])
        var growing = SupervisedPool.running()
        _ = growing.scale(to: 2)
        #expect(growing.reload() == [.reloadFailed(.stopped)])
    }
}

@Suite("Who waits for which reload", .computing)
struct ReloadQueueTests {
    @Test("G-09, G9: the second waits, more join it, and the last word of those counts; then there is no other")
    func sharing() {
        var queue = ReloadQueue()
        queue.ask(1, ReloadQueue.Order())
        #expect(queue.begin() == ReloadQueue.Order())
        queue.ask(2, ReloadQueue.Order(executable: "/a", surge: 2))
        queue.ask(3, ReloadQueue.Order(executable: "/b"))
        queue.ask(4, ReloadQueue.Order(surge: 3))
        #expect(queue.begin() == nil)
        #expect(queue.end() == [1])
        #expect(queue.begin() == ReloadQueue.Order(executable: "/b", surge: 3))
        #expect(queue.end() == [2, 3, 4])
        #expect(queue.begin() == nil && !queue.isBusy)
    }

    @Test("a reload that nobody waits for any more does not begin; one that is under way goes on")
    func cancelled() {
        var queue = ReloadQueue()
        queue.ask(1, ReloadQueue.Order())
        queue.ask(2, ReloadQueue.Order())
        queue.cancel(1)
        #expect(queue.begin() != nil)
        queue.ask(3, ReloadQueue.Order())
        queue.cancel(3)
        queue.cancel(2)
        #expect(queue.isBusy && queue.end().isEmpty && queue.begin() == nil)
    }
}
