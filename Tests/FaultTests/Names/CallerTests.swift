import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("who calls, and calls from worker to worker")
    struct Callers {
        private static func doormen(
            _ cluster: Cluster, _ count: Int = 2, _ change: (inout PoolOptions) -> Void = { _ in }
        ) async throws -> WorkerPool<Doorman> {
            try await cluster.start(Groups.doormen, count: count, options: workerProgram(change))
        }

        @Test("M-08: a worker calls another by its slot, by a reference and by a name, and the callee sees who it is")
        func workerToWorker() async throws {
            try await withCluster { cluster in
                let pool = try await Self.doormen(cluster)
                let (one, two) = (pool.workers[0], pool.workers[1])
                try await two.actor.takeName("two")
                for reference in [two.incarnation, two.actor] {
                    #expect(try await one.actor.ask(reference) == one.id)
                }
                #expect(try await one.actor.ask(slot: 1) == one.id)
                #expect(try await one.actor.ask(named: "two") == one.id)
                #expect(try await two.actor.ask(slot: 0) == two.id, "and the other way round")
                let itself = try await one.actor.ask(one.incarnation)
                #expect(itself == .primary, "an actor of its own process is called as part of the primary's call")
            }
        }

        @Test(
            "M-08: slot 99 and a process that is gone are missing at once, and a death is told at once, to the caller")
        func missing() async throws {
            try await withCluster { cluster in
                let pool = try await Self.doormen(cluster)
                let (one, two) = (pool.workers[0], pool.workers[1])
                let limit = Duration.seconds(1) * TestLength.patience
                let time = await elapsed {
                    let nobody = await failure { _ = try await one.actor.ask(slot: 99) }
                    let text = (nobody as? RemoteError)?.message ?? ""
                    #expect(text.hasPrefix("no pool of that group is running, or it has no such slot"), "\(text)")
                    let dead = await failure { try await one.actor.askToCollapse(two.incarnation, code: 3) }
                    let death = CallError.workerDied(two.id, .code(3), .maybeExecuted)
                    #expect((dead as? RemoteError)?.message == "\(death)")
                }
                #expect(time < limit)
                let isReplaced = try await eventually { pool.workers[1].id != two.id }
                #expect(isReplaced)
                let again = await elapsed {
                    let gone = await failure { _ = try await one.actor.ask(two.incarnation) }
                    #expect((gone as? RemoteError)?.message.contains("there is no process") == true)
                }
                #expect(again < limit)
                #expect(try await one.actor.ask(slot: 1) == one.id, "the replacement")
            }
        }

        @Test("the primary is a caller, too, a call's tasks know who it is, and outside of a call it is nobody")
        func everywhere() async throws {
            try await withCluster { cluster in
                let system = cluster.actorSystem
                let pool = try await Self.doormen(cluster)
                let (one, two) = (pool.workers[0], pool.workers[1])
                #expect(system.caller == nil)
                #expect(try await pool.actor.whoCalls() == .primary)
                let inside = try await one.actor.whoCallsInside()
                #expect(inside == [.primary, .primary, .primary, nil, .primary])
                let here = Doorman(actorSystem: system)
                #expect(try await two.actor.ask(here) == two.id, "an actor of the primary")
                #expect(try await here.whoCalls() == nil, "nobody else's call")
                #expect(system.caller == nil)
            }
        }

        @Test("who calls is right for one-way calls, and for calls that wait at the primary for a worker")
        func otherWays() async throws {
            try await withCluster { cluster in
                let pool = try await Self.doormen(cluster) { $0.scheduling = .idleFirst() }
                let (one, two) = (pool.workers[0], pool.workers[1])
                try await cluster.actorSystem.post { try await two.actor.ring() }
                try await one.actor.ring(at: two.incarnation)
                #expect(try await two.actor.rung() == [.primary, one.id])
                let here = Doorman(actorSystem: cluster.actorSystem)
                try await one.incarnation.ring(at: here)
                #expect(try await eventually { try await here.rung() == [one.id] })
                let many = try await one.incarnation.ask(pool.actor, atOnce: 8)
                #expect(many == Array(repeating: one.id, count: 8))
            }
        }

        @Test("a chain through four workers has its first caller's time to its end, and a cancellation gets there")
        func chain() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 4, options: workerProgram())
                let end = try await cluster.start(Groups.others, count: 1, options: workerProgram()).actor
                var bouncers: [Bouncer] = []
                for worker in pool.workers { bouncers.append(try await worker.actor.makeBouncer()) }
                let (first, rest) = (bouncers[0], Array(bouncers.dropFirst()))
                let left = try await withCallTimeout(.seconds(20)) { try await first.timeLeft(through: rest) }
                #expect(left > 5_000 && left <= 20_000, "neither the usual limit nor the hour: \(left)")

                let time = await elapsed {
                    let late = await failure {
                        try await withCallTimeout(.milliseconds(300)) {
                            try await first.askToSleep(end, milliseconds: 60_000, through: rest)
                        }
                    }
                    guard case CallError.timeout? = late else { return unexpected(late) }
                }
                #expect(time < .seconds(1.5) * TestLength.patience)
                try await end.wait(for: "cancellations", count: 1)

                let call = Task {
                    await failure {
                        try await withCallTimeout(.seconds(60)) {
                            try await first.askToSleep(end, milliseconds: 60_000, through: rest)
                        }
                    }
                }
                try await end.wait(for: "runs", count: 2)
                call.cancel()
                #expect(await call.value is CancellationError)
                try await end.wait(for: "cancellations", count: 2)
            }
        }
    }
}
