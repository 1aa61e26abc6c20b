import ActorCluster
import ActorClusterTesting
import Distributed
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("the ends of workers that call each other")
    struct DirectEnds {
        @Test("M-08: calls in flight fail with how the other worker died, and its own calls are cancelled")
        func death() async throws {
            try await withCluster(bystander: true) { cluster in
                let couriers = try await Couriers(in: cluster, count: 3)
                let workers = couriers.pool.workers
                for other in 1...2 { try await couriers.connect(0, other) }
                let held = try await couriers[0].sockets()
                let calls = (1...2).map { other in
                    Task {
                        try await couriers[0].ending(
                            ofAsking: couriers[other], afterMilliseconds: 60_000, limitMilliseconds: 60_000)
                    }
                }
                let back = Task {
                    await failure { _ = try await couriers[1].ask(couriers[0], afterMilliseconds: 60_000, call: 0) }
                }
                for other in 1...2 { try await couriers[other].wait(for: "echoes", count: 4) }
                try await couriers[0].wait(for: "echoes", count: 1)
                let time = try await elapsed {
                    kill(try #require(workers[1].pid), SIGKILL)
                    #expect(
                        try await calls[0].value == "\(CallError.workerDied(workers[1].id, .signal(9), .maybeExecuted))"
                    )
                    #expect(await back.value is CallError)
                }
                #expect(time < .seconds(1) * TestLength.patience)
                try await couriers[0].wait(for: "cancellations", count: 1)
                let gone = try await couriers[0].ending(
                    ofAsking: couriers[1], afterMilliseconds: 0, limitMilliseconds: 5_000)
                #expect(gone.contains("there is no process"), "\(gone)")
                #expect(try await couriers[0].pipes() == [1, 1, 0])
                #expect(try await eventually { try await couriers[0].sockets() == held - 1 })
                kill(try #require(workers[2].pid), SIGABRT)
                #expect(
                    try await calls[1].value == "\(CallError.workerDied(workers[2].id, .signal(6), .maybeExecuted))")
            }
        }

        @Test(
            "a worker that is stopped or restarted under load finishes the calls that it has, and others end as not run"
        )
        func stopOfCallee() async throws {
            try await withCluster(bystander: true) { cluster in
                let couriers = try await Couriers(in: cluster, count: 3)
                for other in 1...2 { try await couriers.connect(0, other) }
                let stopped = try await underLoad(from: couriers[0], to: couriers[1]) {
                    await couriers.pool.workers[1].stop()
                }
                #expect(stopped[.failed] == nil, "\(stopped)")
                #expect(isBoth(stopped), "\(stopped)")
                let restarted = try await underLoad(from: couriers[0], to: couriers[2]) {
                    try await couriers.pool.workers[2].restart()
                }
                #expect(restarted[.failed] == nil, "\(restarted)")
                #expect(isBoth(restarted), "\(restarted)")
                #expect(try await eventually { try await couriers[0].pipes() == [0, 0, 0] })
            }
        }

        /// Some have returned and some have not run. Under a sanitizer all may be one or the other.
        private func isBoth(_ outcomes: [Courier.Ending: Int]) -> Bool {
            TestLength.patience > 1 || (outcomes[.returned] ?? 0) > 0 && (outcomes[.notRun] ?? 0) > 0
        }

        @Test(
            "a worker that is stopped while it calls finishes first; one that is killed loses what it had under way, and nothing runs twice"
        )
        func endOfCaller() async throws {
            try await withCluster(bystander: true) { cluster in
                let couriers = try await Couriers(in: cluster, count: 3)
                for caller in 0...1 { try await couriers.connect(caller, 2) }
                let stopped = try await underLoad(from: couriers[0], to: couriers[2], calls: 500) {
                    await couriers.pool.workers[0].stop()
                }
                #expect(stopped == [.returned: 500])
                let counter = try #require(CallCounter.current)
                let calls = (0..<2_000).map { _ in counter.begin() }
                let load = Task {
                    await failure { _ = try await couriers[1].load(couriers[2], callers: 16, calls: calls) }
                }
                try await couriers[1].wait(for: "load", count: 64)
                kill(try #require(couriers.pool.workers[1].pid), SIGKILL)
                guard case CallError.workerDied? = await load.value else { return unexpected(await load.value) }
                for call in calls { counter.end(call, .failed) }
                #expect(try await eventually { try await couriers[2].pipes() == [0, 0, 0] })
                #expect(try await couriers[2].echo(1, afterMilliseconds: 0, call: 0) == 1)
            }
        }

        @Test(
            "a worker that is killed under load fails its calls truthfully, and its replacement has a pipe of its own")
        func deathOfCallee() async throws {
            try await withCluster(bystander: true) { cluster in
                let couriers = try await Couriers(in: cluster, count: 2) { $0.backoff = .none }
                try await couriers.connect(0, 1)
                let old = couriers.pool.workers[1]
                let endings = try await underLoad(from: couriers[0], to: couriers[1]) {
                    kill(try #require(old.pid), SIGKILL)
                }
                #expect(endings.values.reduce(0, +) == 3_000)
                #expect((endings[.failed] ?? 0) <= 16, "\(endings)")
                let new = try await couriers.pool.replacement(of: old).actor.itself()
                #expect(
                    try await eventually {
                        try await couriers[0].deliver(1, to: new)
                        return try await couriers[0].pipes() == [1, 1, 0]
                    })
            }
        }

        @Test("a draining worker takes what a call of its own waits for, also through a pipe without calls of its own")
        func nestedWhileDraining() async throws {
            try await withCluster(bystander: true) { cluster in
                let couriers = try await Couriers(in: cluster, count: 2)
                try await couriers.connect(0, 1)
                try await couriers.connect(1, 0)
                let door = Door(actorSystem: cluster.actorSystem)
                let call = Task {
                    try await withCallTimeout(nil) { try await couriers[1].go(through: door, and: couriers[0]) }
                }
                try await door.wait(for: 1)
                let stop = Task { await couriers.pool.workers[1].stop() }
                #expect(try await eventually { couriers.pool.workers[1].state == .draining })
                try await door.open()
                #expect(try await call.value == 3)
                await stop.value
            }
        }

        @Test(
            "calls made inside a call to workers that leave at that moment return or have not run, directly and by way of the primary",
            arguments: [true, false])
        func nestedWhileLeaving(isDirect: Bool) async throws {
            try await withCluster(bystander: true) { cluster in
                let count = TestLength.rounds(4, long: 30)
                let couriers = try await Couriers(in: cluster, count: count + 1)
                if isDirect { for other in 1...count { try await couriers.connect(0, other) } }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for worker in couriers.pool.workers.dropFirst() {
                        let callee = isDirect ? couriers[worker.id.slot] : worker.actor
                        group.addTask {
                            let endings = try await underLoad(from: couriers[0], to: callee, calls: 100, nested: true) {
                                await worker.stop()
                            }
                            #expect(endings[.failed] == nil && (endings[.notRun] ?? 0) > 0, "\(endings)")
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }

        @Test("a worker whose partner stands still does not wait for it to leave")
        func partnerStandsStill() async throws {
            try await withCluster { cluster in
                let couriers = try await Couriers(in: cluster, count: 2)
                try await couriers.connect(0, 1)
                let pid = try #require(couriers.pool.workers[1].pid)
                #expect(try await holdStill(pid))
                let time = await elapsed { await couriers.pool.workers[0].stop() }
                #expect(time < .seconds(3) * TestLength.patience)
                kill(pid, SIGCONT)
                #expect(try await couriers[1].echo(1, afterMilliseconds: 0, call: 0) == 1)
            }
        }

        @Test("C1: workers with pipes to each other are gone within a second when the primary is killed")
        func primaryDies() async throws {
            try await leavingNothing {
                try await onOwnThread {
                    let primary = try WatchedPrimary(["waitWithPipes"])
                    try primary.waitUntilReady()
                    #expect(primary.workers.count == 3)
                    primary.signal(SIGKILL)
                    let end = MonotonicClock.now + .seconds(1) * TestLength.patience
                    for pid in primary.workers where !Processes.waitUntilGone(pid, within: end - MonotonicClock.now) {
                        Issue.record("\(pid) lives")
                        kill(pid, SIGKILL)
                    }
                    #expect(primary.end(within: .seconds(5)) == .signal(SIGKILL))
                }
            }
        }
    }
}
