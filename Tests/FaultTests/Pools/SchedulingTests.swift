import ActorCluster
import ActorClusterTesting
import Distributed
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("which worker gets a call")
    struct SchedulingTests {
        private func slots(_ count: Int, of actor: Probe) async throws -> [Int] {
            var slots: [Int] = []
            for _ in 0..<count { slots.append(try await actor.identity().worker.slot) }
            return slots
        }

        @Test("P-01: round robin takes four workers in turn, one call after another and many at once")
        func roundRobin() async throws {
            try await withCluster { cluster in
                let options = workerProgram { $0.scheduling = .roundRobin }
                let pool = try await cluster.start(Groups.probes, count: 4, options: options)
                #expect(try await slots(400, of: pool.actor) == (0..<400).map { $0 % 4 })
                let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<4_000 { group.addTask { try await pool.actor.identity().worker.slot } }
                    return try await group.reduce(into: [0, 0, 0, 0]) { $0[$1] += 1 }
                }
                #expect(counts == [1_000, 1_000, 1_000, 1_000])
            }
        }

        @Test("P-03: a worker that is gone for good is chosen no more; the others share evenly")
        func without() async throws {
            try await withCluster { cluster in
                let options = workerProgram { options in
                    options.scheduling = .roundRobin
                    options.restart = .never
                }
                let pool = try await cluster.start(Groups.probes, count: 4, options: options)
                try send(SIGKILL, to: pool.workers[2])
                #expect(try await eventually { pool.workers[2].state == .exited })
                let slots = try await slots(300, of: pool.actor)
                #expect([0, 1, 3].map { slot in slots.count { $0 == slot } } == [100, 100, 100])
            }
        }

        @Test("P-04: the least busy worker gets the call, however the calls of the others end")
        func leastBusy() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 2, options: workerProgram())
                let (first, actor) = (pool.workers[0].incarnation, pool.actor)
                let endings: [@Sendable () async throws -> Void] = [
                    { try await first.sleep(milliseconds: 60_000) },
                    { try await withCallTimeout(.milliseconds(300)) { try await first.sleep(milliseconds: 60_000) } },
                    { _ = try await first.sleepStubbornly(milliseconds: 60_000) },
                ]
                let busy = endings.map { ending in Task { await failure { try await ending() } } }
                let peer = try #require(cluster.actorSystem.routes.peer(1))
                #expect(try await eventually { peer.counts().inFlight == 3 })
                #expect(try await slots(3, of: actor) == [1, 1, 1])
                busy[0].cancel()
                #expect(await busy[0].value is CancellationError)
                _ = await busy[1].value
                _ = await failure { try await first.failUnlisted(text: "x") }
                // A place is free when its method has ended, as all have but the stubborn one.
                let isOneLeft = try await eventually {
                    peer.counts().inFlight == 1 && pool.statistics.workers[0].calls.inFlight == 1
                }
                #expect(isOneLeft, "\(peer.counts()) \(pool.statistics.workers[0].calls)")
                let (second, other) = (
                    pool.workers[1].incarnation,
                    try #require(cluster.actorSystem.routes.peer(pool.workers[1].id.incarnation))
                )
                let more = (0..<2).map { _ in Task { await failure { try await second.sleep(milliseconds: 60_000) } } }
                try await second.wait(for: "runs", count: 2)
                #expect(try await slots(3, of: actor) == [0, 0, 0])
                for call in more { call.cancel() }
                for call in more { #expect(await call.value is CancellationError) }
                #expect(try await eventually { other.counts().inFlight == 0 })
                let old = pool.workers[0]
                try send(SIGKILL, to: old)
                guard case CallError.workerDied? = await busy[2].value else { return unexpected(await busy[2].value) }
                _ = try await pool.replacement(of: old)
                #expect(try await eventually { cluster.actorSystem.pendingCalls == 0 })
                #expect(Set(try await slots(4, of: actor)) == [0, 1], "ties alternate")
            }
        }

        @Test("P-05: work goes to the workers with its tag, also after one of them has been replaced")
        func tags() async throws {
            try await withCluster { cluster in
                let options = workerProgram { options in
                    options.process.tags = { $0 < 2 ? ["http"] : $0 < 4 ? ["compute", "all"] : ["mail"] }
                }
                let pool = try await cluster.start(Groups.probes, count: 5, options: options)
                for round in 0..<2 {
                    #expect(Set(try await slots(50, of: pool.actor(tag: "http"))) == [0, 1])
                    #expect(Set(try await slots(50, of: pool.actor(tag: "compute"))) == [2, 3])
                    #expect(Set(try await slots(5, of: pool.actor(tag: "mail"))) == [4])
                    if round == 0 {
                        let old = pool.workers[3]
                        try send(SIGKILL, to: old)
                        _ = try await pool.replacement(of: old)
                    }
                }
                #expect(
                    await failure { _ = try await pool.actor(tag: "none").pid() } as? CallError
                        == .noWorkerAvailable(group: "probes"))
            }
        }

        @Test(
            "P-09: a key's calls reach one worker; a slot that is filled again has its keys back",
            arguments: [true, false])
        func keys(isSticky: Bool) async throws {
            try await withCluster { cluster in
                let options = workerProgram { options in
                    options.scheduling = isSticky ? .sticky : .leastBusy
                    options.backoff = Backoff(first: .milliseconds(10))
                }
                let pool = try await cluster.start(Groups.probes, count: 4, options: options)
                let place = { @Sendable (key: Int) in try await pool.actor(for: "user \(key)").identity().worker.slot }
                var found: [Int] = []
                for key in 0..<200 { found.append(try await place(key)) }
                let places = found
                for key in 0..<200 { #expect(try await place(key) == places[key]) }
                #expect(Set(places).count == 4)
                let old = pool.workers[places[0]]
                try send(SIGKILL, to: old)
                #expect(try await eventually { pool.workers[places[0]].id != old.id || old.state == .exited })
                for key in 0..<200 where places[key] != places[0] { #expect(try await place(key) == places[key]) }
                if isSticky { #expect(try await place(0) == places[0], "it waits for its slot") }
                _ = try await pool.replacement(of: old)
                for key in 0..<200 { #expect(try await place(key) == places[key]) }
            }
        }

        @Test("a policy of the user's own decides")
        func custom() async throws {
            struct LastSlot: WorkerSelecting {
                mutating func select(among candidates: [WorkerLoad]) -> Int? { candidates.last?.slot }
            }
            try await withCluster { cluster in
                let options = workerProgram { $0.scheduling = .custom(LastSlot()) }
                let pool = try await cluster.start(Groups.probes, count: 3, options: options)
                #expect(Set(try await slots(10, of: pool.actor)) == [2])
            }
        }

        @Test("a worker's calls to another pool are its primary's to place: by policy, by tag and by key")
        func fromWorkers() async throws {
            try await withCluster { cluster in
                let options = workerProgram { options in
                    options.scheduling = .idleFirst()
                    options.process.tags = { $0 == 1 ? ["heavy"] : [] }
                }
                let fronts = try await cluster.start(Groups.fronts, count: 1, options: workerProgram())
                let early = await failure {
                    _ = try await fronts.actor.passOn(milliseconds: 1, tag: nil, key: nil)
                }
                #expect("\(try #require(early))".contains("no pool of that group is running"))
                let others = try await cluster.start(Groups.others, count: 2, options: options)
                let works = try await withThrowingTaskGroup(of: Work.self) { group in
                    for _ in 0..<6 {
                        group.addTask { try await fronts.actor.passOn(milliseconds: 20, tag: nil, key: nil) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(Set(works.map(\.worker.slot)) == [0, 1])
                for work in works {
                    let beside = works.count {
                        $0.worker == work.worker && $0.began <= work.began && work.began < $0.ended
                    }
                    #expect(beside == 1, "one at a time")
                }
                #expect(try await fronts.actor.passOn(milliseconds: 1, tag: "heavy", key: nil).worker.slot == 1)
                let keyed = try await fronts.actor.passOn(milliseconds: 1, tag: nil, key: "k").worker
                #expect(try await others.actor(for: "k").identity().worker == keyed)
                let unlisted = await failure { try await fronts.actor.askUnlisted() }
                #expect("\(try #require(unlisted))".contains("unlisted"))
            }
        }
    }
}
