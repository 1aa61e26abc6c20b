import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

@Suite("Reloading a pool", .computing)
struct ReloadTests {
    private let died = EndStatus.signal(4)

    private func beside(_ slot: Int, _ incarnation: UInt64) -> Supervision.Action {
        .spawnBeside(slot: slot, incarnation: incarnation)
    }

    private func drain(_ incarnation: UInt64) -> Supervision.Action { .stop(incarnation: incarnation, from: .drain) }

    @Test(
        "G-07, G7: slot by slot the replacement starts, has the slot when it is ready, and the old one leaves when it is well"
    )
    func slotBySlot() {
        var pool = SupervisedPool.running(count: 2)
        #expect(pool.reload() == [beside(0, 3)])
        #expect(pool.takeOver(0) == [.handOver(slot: 0, to: 3)])
        #expect(pool.supervision.isReady(3) && !pool.supervision.isReady(1))
        #expect(pool.pass(.milliseconds(999)).isEmpty)
        #expect(pool.pass(.milliseconds(1)) == [drain(1)])
        #expect(pool.supervision.isBeingReplaced(1))
        #expect(pool.tell(.disconnected, of: 1) == [.stop(incarnation: 1, from: .terminate)])
        #expect(pool.tell(.exited(.code(0)), of: 1) == [beside(1, 4)])
        #expect(pool.takeOver(1) == [.handOver(slot: 1, to: 4)])
        #expect(pool.pass(.seconds(1)) == [drain(2)])
        #expect(pool.tell(.exited(.signal(9)), of: 2) == [.reloaded])
        #expect(pool.builds == [1, 1])
        #expect(pool.tell(.exited(.signal(9)), slot: 1) == [.unroute(slot: 1), .spawn(slot: 1, incarnation: 5)])
        #expect(pool.builds == [1, 1])
        #expect(pool.reload(to: 2) == [beside(0, 6)])
    }

    @Test("at most `surge` slots have their turn at once, and the next one's comes when an old process is gone")
    func surge() {
        var pool = SupervisedPool.running(count: 4)
        #expect(pool.reload(surge: 3) == [beside(0, 5), beside(1, 6), beside(2, 7)])
        pool.takeOver(1)
        #expect(pool.pass(.seconds(1)) == [drain(2)])
        #expect(pool.takeOver(0) == [.handOver(slot: 0, to: 5)])
        #expect(pool.tell(.exited(.code(0)), of: 2) == [beside(3, 8)])
        var all = SupervisedPool.running(count: 2)
        #expect(all.reload(surge: 4_096) == [beside(0, 3), beside(1, 4)])
    }

    @Test("G8: a replacement in slot 0 that ends before it is ready ends the reload; no worker has been touched")
    func failsAtFirst() throws {
        for (event, reason) in [
            (Supervision.Event.exited(.signal(4)), "signal 4"), (.exited(.code(125)), "exit code 125"),
            (.spawnFailed(.invalidOption("no such file")), "no such file"),
        ] {
            var pool = SupervisedPool.running(count: 3)
            _ = pool.reload()
            _ = pool.tell(.reaped(lastOutput: ["Fatal error: no config"]), of: 4)
            let actions = pool.tell(event, of: 4)
            let (worker, text) = try #require(actions.first?.failedReplacement)
            #expect(actions.count == 1)
            #expect(worker == WorkerID(group: "g", slot: 0, incarnation: 4))
            #expect(text.contains(reason) && text.contains("Fatal error: no config"), "\(text)")
            #expect(pool.supervision.incarnations == [1, 2, 3])
            #expect(pool.reload(to: 2) == [beside(0, 5)])
        }
    }

    @Test(
        "G8: a replacement that is not ready in time, or says that it does not fit, is killed, and that is the reason")
    func late() {
        var late = SupervisedPool.running { $0.ready = .seconds(20) }
        _ = late.reload() + late.tell(.spawned, of: 2) + late.tell(.online, of: 2)
        #expect(late.pass(.seconds(20)) == [.stop(incarnation: 2, from: .kill)])
        let error = ClusterError.notReady(WorkerID(group: "g", slot: 0, incarnation: 2), after: .seconds(20))
        #expect(late.supervision.error(of: 2) == error)
        #expect(late.tell(.exited(.signal(9)), of: 2).first?.failedReplacement?.reason == "\(error)")
        var other = SupervisedPool.running()
        _ = other.reload()
        #expect(other.tell(.incompatible(.notInPrimary), of: 2) == [.stop(incarnation: 2, from: .kill)])
        let end = other.tell(.exited(.signal(9)), of: 2)
        #expect(end.first?.failedReplacement?.reason == "\(ClusterError.notInPrimary)")
    }

    @Test(
        "G8: a failure in slot 2 sends slots 1 and 0 back to the build before, in the same way; slot 3 is not touched")
    func failsLater() {
        var pool = SupervisedPool.running(count: 4)
        _ = pool.reload()
        #expect(pool.finishTurn(0) == [beside(1, 6)])
        #expect(pool.finishTurn(1) == [beside(2, 7)])
        #expect(pool.builds == [1, 1, 0, 0])
        #expect(pool.tell(.exited(died), of: 7) == [beside(1, 8)])
        #expect(pool.takeOver(1) == [.handOver(slot: 1, to: 8)])
        #expect(pool.pass(.seconds(1)) == [drain(6)])
        #expect(pool.tell(.exited(.code(0)), of: 6) == [beside(0, 9)])
        let end = pool.finishTurn(0)
        #expect(end.count == 1 && end.first?.failedReplacement?.worker.incarnation == 7)
        #expect(pool.supervision.incarnations == [9, 8, 3, 4])
        #expect(pool.builds == [0, 0, 0, 0])
    }

    @Test("G8: one that is not well after it was ready gives the slot back at once to the one that it was to replace")
    func failsToSettle() {
        for event in [
            Supervision.Event.exited(.signal(4)), .disconnected, .violated(.stopped), .unhealthy(.stopped),
            .reaped(lastOutput: []), .failing(.stopped), .suspect, .stopRequested, .incompatible(.stopped),
        ] {
            var pool = SupervisedPool.running()
            _ = pool.reload() + pool.takeOver()
            let actions = pool.tell(event, of: 2)
            #expect(actions.first == .handOver(slot: 0, to: 1), "\(event)")
            #expect(pool.supervision.isReady(1) && !pool.supervision.isReady(2))
            let end = actions + pool.pass(.seconds(30)) + pool.tell(.exited(.signal(9)), of: 2)
            #expect(end.count { $0.failedReplacement != nil } == 1, "\(end)")
            #expect(!end.contains { $0.isSpawn || $0 == drain(1) }, "\(end)")
            #expect(pool.supervision.incarnations == [1] && pool.beside() == 0)
        }
    }

    @Test("with a surge, those that are under way go back at once, and what could not settle is in no slot")
    func failsAmongOthers() {
        var pool = SupervisedPool.running(count: 3)
        _ = pool.reload(surge: 3) + pool.takeOver(1)
        #expect(pool.tell(.exited(died), of: 6) == [drain(4), .handOver(slot: 1, to: 2), drain(5)])
        #expect(pool.tell(.exited(.code(0)), of: 4).isEmpty)
        #expect(pool.tell(.exited(.code(0)), of: 5).count == 1)
        #expect(pool.supervision.incarnations == [1, 2, 3])
    }

    @Test("a reserve that does not answer gets no slot back from one that does: that goes back in its turn")
    func silentReserve() {
        var pool = SupervisedPool.running(count: 2)
        _ = pool.reload(surge: 2) + pool.takeOver(0)
        _ = pool.tell(.suspect, of: 1)
        #expect(pool.tell(.exited(died), of: 4) == [drain(1)])
        #expect(pool.supervision.incarnations == [3, 2] && pool.supervision.isReady(3))
        #expect(pool.tell(.exited(.signal(9)), of: 1) == [beside(0, 5)])
        #expect(pool.takeOver(0) == [.handOver(slot: 0, to: 5)])
        #expect(pool.pass(.seconds(1)) == [drain(3)])
        #expect(pool.tell(.exited(.code(0)), of: 3).count == 1)
        #expect(pool.builds == [0, 0] && !pool.supervision.isReloading)
    }
}
