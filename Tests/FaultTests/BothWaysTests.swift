import ActorCluster
import ActorClusterTesting
import Distributed
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("both directions")
    struct BothWays {
        @Test("C-09: a hundred chains primary, worker, primary, worker at once all return")
        func chains() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 2, options: workerProgram())
                let far = try await pool.actor.makeBouncer()
                let near = Bouncer(actorSystem: cluster.actorSystem)
                let time = try await elapsed {
                    try await withThrowingTaskGroup(of: Int.self) { group in
                        for _ in 0..<100 { group.addTask { try await far.bounce(depth: 4, with: near) } }
                        for try await count in group { #expect(count == 4) }
                    }
                }
                #expect(time < .seconds(2) * TestLength.patience)
                try await pool.actor.releaseBouncers()
                withExtendedLifetime(near) {}
            }
        }

        @Test("references in structs, arrays, optionals and dictionaries work in the process they arrive in")
        func references() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 2, options: workerProgram())
                let first = try await pool.workers[0].actor.makeBouncer()
                let second = try await pool.workers[1].actor.makeBouncer()
                let here = Bouncer(actorSystem: cluster.actorSystem)
                let envelope = Envelope(one: here, maybe: first, several: [second, first], byName: ["here": here])
                let homes = [here, first, second, first, here].map { "\($0.id)" }
                #expect(try await first.homes(of: envelope) == homes)
                #expect(try await second.homes(of: envelope) == homes)
                let back = try await first.echo(envelope)
                #expect(back.one === here)
                #expect(back.several.map(\.id) == [second.id, first.id])
                #expect(try await first.isSelf(first))
                #expect(try await !first.isSelf(second))
            }
        }

        @Test("a worker calls another worker by a reference of each scope, and waits for a replacement there too")
        func workerToWorker() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let others = try await cluster.start(Groups.others, count: 2, options: workerProgram())
                let bouncer = try await pool.actor.makeBouncer()
                let target = others.workers[1]
                #expect(try await bouncer.ask(target.incarnation) == target.pid)
                #expect(try await bouncer.ask(target.actor) == target.pid)
                // Each in turn, but for one that is being given a pipe of its own to the caller at that moment.
                let all = Set(others.workers.compactMap(\.pid))
                let asked = Lock<Set<Int32>>([])
                let isEach = try await eventually {
                    let pid = try await bouncer.ask(others.actor)
                    return asked.withLock { asked in
                        asked.insert(pid)
                        return asked == all
                    }
                }
                #expect(isEach)
                #expect(try await bouncer.ask(pool.workers[0].actor) == pool.workers[0].pid, "its own slot")

                let died = await failure { try await bouncer.askToExit(target.incarnation, code: 9) }
                let error = try #require(died as? RemoteError)
                #expect(error.message == "\(CallError.workerDied(target.id, .code(9), .maybeExecuted))")
                #expect(try await bouncer.ask(target.actor) == others.replacement(of: target).pid)
                let gone = await failure { _ = try await bouncer.ask(target.incarnation) }
                #expect(try #require(gone as? RemoteError).typeName == "ActorCluster.CallError")
            }
        }

        @Test("a released actor, a worker that has exited and a number nobody has are missing targets at once")
        func missingTargets() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let bouncer = try await pool.actor.makeBouncer()
                try await pool.actor.releaseBouncers()
                let released = await failure { _ = try await bouncer.home() }
                guard case CallError.targetMissing? = released else { return unexpected(released) }
                let here = await failure {
                    _ = try Bouncer.resolve(
                        id: ActorID(scope: .primary, number: 9_999), using: cluster.actorSystem)
                }
                guard case CallError.targetMissing? = here else { return unexpected(here) }
            }
        }

        @Test("C-08: a call on a process that has exited fails at once")
        func exitedWorker() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let worker = pool.workers[0]
                try send(SIGKILL, to: worker)
                _ = try await pool.replacement(of: worker)
                let time = await elapsed {
                    let error = await failure { _ = try await worker.incarnation.pid() }
                    guard case CallError.targetMissing? = error else { return unexpected(error) }
                }
                #expect(time < .seconds(1) * TestLength.patience)
            }
        }

        @Test("E5: a nested call has no longer than what its caller has left, through two processes")
        func deadlineAcrossHops() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let others = try await cluster.start(Groups.others, count: 1, options: workerProgram())
                let (bouncer, probe) = (try await pool.actor.makeBouncer(), others.actor)
                let time = await elapsed {
                    let error = await failure {
                        try await withCallTimeout(.milliseconds(300)) {
                            try await bouncer.askToSleep(probe, milliseconds: 60_000, limitMilliseconds: nil)
                        }
                    }
                    guard case CallError.timeout? = error else { return unexpected(error) }
                }
                #expect(time < .seconds(1.5) * TestLength.patience)
                try await probe.wait(for: "cancellations", count: 1)
                let short = await failure {
                    try await bouncer.askToSleep(probe, milliseconds: 60_000, limitMilliseconds: 50)
                }
                #expect(try #require(short as? RemoteError).message.contains("no answer to"))
            }
        }

        @Test("cancelling the caller cancels the whole chain, to its end in another worker")
        func cancellationAcrossHops() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let others = try await cluster.start(Groups.others, count: 1, options: workerProgram())
                let (bouncer, probe) = (try await pool.actor.makeBouncer(), others.actor)
                let call = Task {
                    await failure {
                        try await bouncer.askToSleep(probe, milliseconds: 60_000, limitMilliseconds: nil)
                    }
                }
                try await probe.wait(for: "runs", count: 1)
                call.cancel()
                #expect(await call.value is CancellationError)
                try await probe.wait(for: "cancellations", count: 1)
            }
        }

        @Test("errors: typed throws arrive as themselves, through a relay by name, and nobody forges the library's own")
        func errors() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let bouncer = try await pool.actor.makeBouncer()
                let typed = await failure { try await bouncer.failTyped(code: 4) }
                #expect(typed as? ListedError == ListedError(code: 4, hint: "typed"))
                let forged = await failure { try await bouncer.forge() }
                #expect(try #require(forged as? RemoteError).typeName == "ActorCluster.CallError")
                let relayed = await failure { try await bouncer.askToFail(pool.actor, text: "deep") }
                #expect(
                    relayed as? RemoteError == RemoteError(typeName: "FaultActors.UnlistedError", message: "deep"))
            }
        }

        @Test(
            "calls through a protocol and its extension reach whoever conforms; generic methods and actors are refused in words"
        )
        func protocols() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.greeters, count: 1, options: workerProgram())
                let greeter: any Greeter = try $Greeter.resolve(id: pool.actor.id, using: cluster.actorSystem)
                #expect(try await greeter.greet("Ada") == "Hello Ada")
                #expect(try await pool.actor.greet("Bob") == "Hello Bob")
                #expect(try await pool.actor.describe(with: "x") == "EnglishGreeter x")
                // The compiler calls it by a name that it makes no record of, so nobody could run it.
                let extended = await failure { _ = try await greeter.greetTwice("Joe") }
                guard case CallError.unsupportedCall(let hint)? = extended else { return unexpected(extended) }
                #expect(hint.contains("declared in the protocol itself"))

                let probes = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let wrong: any Greeter = try $Greeter.resolve(id: probes.actor.id, using: cluster.actorSystem)
                let foreign = await failure { _ = try await wrong.greet("x") }
                guard case CallError.unknownTarget? = foreign else { return unexpected(foreign) }

                let generic = await failure { _ = try await pool.actor.pick(5) }
                guard case CallError.unsupportedCall(let why)? = generic else { return unexpected(generic) }
                #expect(why.contains("declare a method"))
                let crate = try await probes.actor.makeCrate()
                let boxed = await failure { _ = try await crate.put(5) }
                guard case CallError.unsupportedCall(let what)? = boxed else { return unexpected(boxed) }
                #expect(what.contains("an actor, for each type"))
                #expect(try await probes.actor.echo("alive") == "alive")
            }
        }

        @Test("C-10: calls that are pending at shutdown fail within the drain limit, and nothing is left")
        func pendingAtShutdown() async throws {
            let calls = Lock<[Task<(any Error)?, Never>]>([])
            let time = try await elapsed {
                try await withCluster { cluster in
                    let options = workerProgram { $0.timeouts.drain = .milliseconds(TestLength.isLong ? 1_000 : 300) }
                    let pool = try await cluster.start(Groups.probes, count: 2, options: options)
                    for _ in 0..<20 {
                        let call = Task {
                            await failure {
                                try await withCallTimeout(.seconds(60)) {
                                    _ = try await pool.actor.sleepStubbornly(milliseconds: 60_000)
                                }
                            }
                        }
                        calls.withLock { $0.append(call) }
                    }
                    #expect(try await eventually { cluster.actorSystem.pendingCalls == 20 })
                    await pool.stop()
                }
            }
            #expect(time < .seconds(2.5) * TestLength.patience)
            for call in calls.withLock({ $0 }) {
                let error = await call.value
                switch error {
                case CallError.workerDied(_, _, .maybeExecuted)?, CallError.shuttingDown?: continue
                default: return unexpected(error)
                }
            }
        }
    }
}
