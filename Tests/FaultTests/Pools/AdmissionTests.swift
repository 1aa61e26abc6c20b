import ActorCluster
import ActorClusterTesting
import Distributed
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("how many calls a pool takes")
    struct AdmissionTests {
        /// The largest number of these that were done at once.
        private func mostAtOnce(_ works: [Work]) -> Int {
            works.map { work in works.count { $0.began <= work.began && work.began < $0.ended } }.max() ?? 0
        }

        private func jobs(_ capacity: Int, queue: Int = 10_000) -> PoolOptions {
            workerProgram { options in
                options.scheduling = .idleFirst(capacity: capacity)
                options.limits.queue = queue
            }
        }

        @Test("P-06: idle workers take jobs in order, one at a time; a job that is cancelled while it waits never runs")
        func idleFirst() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 2, options: jobs(1))
                // Each gets as far as the queue before the next begins.
                let calls = (0..<10).map { number in
                    Task.immediate { try await pool.actor.work("\(number)", milliseconds: 40) }
                }
                calls[7].cancel()
                var works: [Work] = []
                for (number, call) in calls.enumerated() {
                    do { works.append(try await call.value) } catch {
                        #expect(number == 7 && error is CancellationError)
                    }
                }
                // Two that two workers get at once may begin in either order.
                for (earlier, later) in zip(works, works.dropFirst(2)) { #expect(earlier.began < later.began) }
                #expect(works.count == 9)
                #expect(mostAtOnce(works) == 2)
                for slot in 0..<2 { #expect(mostAtOnce(works.filter { $0.worker.slot == slot }) == 1) }
                for slot in 0..<2 { #expect(try await pool.workers[slot].actor.count(of: "7") == 0) }
            }
        }

        @Test("P-07: two workers with room for three each run six, five wait, and the twelfth is refused at once")
        func overloaded() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 2, options: jobs(3, queue: 5))
                let routes = try #require(cluster.actorSystem.routes.pool(0))
                let calls = (0..<11).map { _ in Task { try await pool.actor.work(milliseconds: 200) } }
                #expect(try await eventually { routes.waitingCalls == 5 })
                let refused = await failure { _ = try await pool.actor.work(milliseconds: 200) }
                #expect(refused as? CallError == .overloaded(group: "probes", queued: 5, limit: 5))
                var works: [Work] = []
                for call in calls { works.append(try await call.value) }
                #expect(mostAtOnce(works) == 6)
                for slot in 0..<2 { #expect(mostAtOnce(works.filter { $0.worker.slot == slot }) == 3) }
            }
        }

        @Test("P-11: a job whose limit passes while it waits never starts, and its caller is told in time")
        func lateJobs() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: jobs(1))
                let long = Task { try await pool.actor.work("long", milliseconds: 1_000) }
                #expect(try await eventually { try await pool.workers[0].healthCheck().callsInFlight == 1 })
                let time = await elapsed {
                    let late = await failure {
                        try await withCallTimeout(.milliseconds(100)) {
                            _ = try await pool.actor.work("late", milliseconds: 1)
                        }
                    }
                    guard case CallError.timeout(_, _, nil, .notSent)? = late else { return unexpected(late) }
                }
                #expect(time >= .milliseconds(100) && time < .seconds(1) * TestLength.patience)
                _ = try await long.value
                #expect(try await pool.actor.count(of: "late") == 0)
            }
        }

        @Test("F1: 10,000 calls wait and are done in order; one more is refused at once")
        func fullQueue() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: jobs(1))
                let routes = try #require(cluster.actorSystem.routes.pool(0))
                let (actor, slot) = (pool.actor, pool.workers[0].incarnation)
                let block = Task { await failure { try await actor.sleep(milliseconds: 60_000) } }
                #expect(try await eventually { try await pool.workers[0].healthCheck().callsInFlight == 1 })
                let numbers = (1...Limits.callsWaiting).map { number in
                    Task.immediate {
                        try await withCallTimeout(.seconds(60)) { try await actor.note(number, blockMicroseconds: 0) }
                    }
                }
                #expect(
                    try await eventually(within: .seconds(20) * TestLength.patience) {
                        routes.waitingCalls == Limits.callsWaiting
                    })
                let time = await elapsed {
                    let refused = await failure { _ = try await actor.pid() }
                    #expect(
                        refused as? CallError
                            == .overloaded(group: "probes", queued: Limits.callsWaiting, limit: Limits.callsWaiting))
                }
                #expect(time < .seconds(1) * TestLength.patience)
                block.cancel()
                _ = await block.value
                for number in numbers { try await number.value }
                let noted = try await slot.noted()
                #expect(noted == [Limits.callsWaiting, 0])
            }
        }

        @Test("F2: of 5,000 calls to one worker 1,024 are on their way, and the rest waits in the pool's queue")
        func onTheWire() async throws {
            try await withCluster { cluster in
                let options = workerProgram { options in
                    options.health.suspectAfter = .seconds(60)
                    options.health.unresponsiveAfter = .seconds(120)
                }
                let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                let (routes, peer) = (
                    try #require(cluster.actorSystem.routes.pool(0)), try #require(cluster.actorSystem.routes.peer(1))
                )
                let pid = try #require(pool.workers[0].pid)
                #expect(try await holdStill(pid))
                let calls = (0..<5_000).map { number in
                    Task { try await withCallTimeout(.seconds(60)) { try await pool.actor.echo("\(number)") } }
                }
                #expect(
                    try await eventually(within: .seconds(20) * TestLength.patience) {
                        routes.waitingCalls == 5_000 - Limits.callsInFlight
                    }, "\(routes.waitingCalls) \(peer.counts())")
                #expect(peer.counts().pending == Limits.callsInFlight)
                try send(SIGCONT, to: pool.workers[0])
                for (number, call) in calls.enumerated() { #expect(try await call.value == "\(number)") }
                #expect(peer.counts().pending == 0)
            }
        }

        @Test("P-02: without a ready worker a call waits for one, within its limit")
        func noWorkerYet() async throws {
            try await withCluster { cluster in
                let options = workerProgram { $0.backoff = Backoff(first: .milliseconds(150)) }
                let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                for _ in 0..<2 {
                    let old = pool.workers[0]
                    try send(SIGKILL, to: old)
                    #expect(try await eventually { pool.workers[0].state != .ready || pool.workers[0].id != old.id })
                    #expect(try await pool.actor.echo("waited") == "waited")
                }
            }
        }

        @Test("E7: 100 calls that wait for a slot reach its next process in order; those whose limit passes do not")
        func restartingSlot() async throws {
            try await withCluster { cluster in
                let options = workerProgram { $0.backoff = Backoff(first: .milliseconds(250)) }
                let pool = try await cluster.start(Groups.probes, count: 2, options: options)
                let second = try await pool.emptySlot(0)
                let slot = second.actor
                let calls = (1...100).map { number in
                    Task.immediate { try await slot.note(number, blockMicroseconds: 0) }
                }
                let late = (0..<10).map { _ in
                    Task.immediate {
                        await failure { try await withCallTimeout(.milliseconds(50)) { _ = try await slot.pid() } }
                    }
                }
                for call in late {
                    guard case CallError.timeout(_, _, nil, .notSent)? = await call.value else {
                        return unexpected(await call.value)
                    }
                }
                for call in calls { try await call.value }
                let noted = try await slot.noted()
                #expect(noted == [100, 0])
                #expect(pool.statistics.queue.timedOut == 10)
            }
        }

        @Test("PoolLimits.inFlight bounds what a worker gets; a worker's refused call says the queue's limit, too")
        func inFlight() async throws {
            try await withCluster { cluster in
                let options = workerProgram { options in
                    options.limits.inFlight = 2
                    options.limits.queue = 0
                }
                let pool = try await cluster.start(Groups.others, count: 2, options: options)
                let fronts = try await cluster.start(Groups.fronts, count: 1, options: workerProgram())
                let busy = (0..<4).map { _ in
                    Task { await failure { _ = try await pool.actor.work("busy", milliseconds: 60_000, call: nil) } }
                }
                #expect(try await eventually { pool.statistics.workers.map(\.calls.inFlight) == [2, 2] })
                let refusal = CallError.overloaded(group: "others", queued: 0, limit: 0)
                #expect(await failure { _ = try await pool.actor.pid() } as? CallError == refusal)
                let passedOn = await failure { _ = try await fronts.actor.passOn(milliseconds: 1, tag: nil, key: nil) }
                // What a method throws arrives as a text: it speaks of another call.
                #expect((passedOn as? RemoteError)?.message == refusal.description)
                for call in busy { call.cancel() }
                for call in busy { #expect(await call.value is CancellationError) }
            }
        }

        @Test("a call of high priority goes ahead of those that wait, also from another process")
        func priorities() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.others, count: 1, options: jobs(1))
                let fronts = try await cluster.start(Groups.fronts, count: 1, options: workerProgram())
                let routes = try #require(cluster.actorSystem.routes.pool(1))
                let first = Task { try await pool.actor.work("first", milliseconds: 300, call: nil) }
                #expect(try await eventually { try await pool.workers[0].healthCheck().callsInFlight == 1 })
                let queue = { (count: Int, work: @escaping @Sendable () async throws -> Work) async throws in
                    let task = Task { try await work() }
                    #expect(try await eventually { routes.waitingCalls == count })
                    return task
                }
                let low = try await queue(1) {
                    try await withCallPriority(.low) { try await pool.actor.work("low", milliseconds: 5, call: nil) }
                }
                let normal = try await queue(2) { try await pool.actor.work("normal", milliseconds: 5, call: nil) }
                let high = try await queue(3) {
                    try await withCallPriority(.high) {
                        try await fronts.actor.passOn(milliseconds: 5, tag: nil, key: nil)
                    }
                }
                var order: [Work] = []
                for task in [first, high, normal, low] { order.append(try await task.value) }
                #expect(order.map(\.began) == order.map(\.began).sorted())
            }
        }
    }
}
