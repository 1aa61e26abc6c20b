import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("E: one call, several endings")
    struct Endings {
        @Test("E3: a call that is cancelled while it waits for a worker has sent nothing and leaves nothing")
        func cancelledBeforeWorker() async throws {
            try await withTemporaryDirectory { directory in
                try await withCluster { cluster in
                    let options = workerProgram {
                        $0.process.arguments = Misdeed.neverSaysHello.arguments(in: 2...2, countedIn: directory)
                    }
                    let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                    let routes = try #require(cluster.actorSystem.routes.pool(0))
                    let first = pool.workers[0]
                    try send(SIGKILL, to: first)
                    #expect(try await eventually { Processes.entries(of: directory).contains("life-2") })
                    let calls = (0..<10).map { _ in Task { await failure { _ = try await pool.actor.echo("x") } } }
                    #expect(try await eventually { routes.waitingCalls == 10 })
                    for call in calls { call.cancel() }
                    for call in calls { #expect(await call.value is CancellationError) }
                    #expect(routes.waitingCalls == 0)
                    let peer = try #require(cluster.actorSystem.routes.peer(2))
                    #expect(peer.counts().framesSent == 1, "the hello")
                    #expect(peer.counts().inFlight == 0)
                    kill(try #require(pool.workers[0].pid), SIGKILL)
                    #expect(try await pool.actor.echo("sound") == "sound")
                }
            }
        }

        @Test(
            "E3: a call that is cancelled while it waits for a place at its worker has sent nothing and leaves nothing",
            arguments: [true, false])
        func cancelledBeforePlace(isByPool: Bool) async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: rogueProgram(.neverAnswers))
                let peer = try #require(cluster.actorSystem.routes.peer(1))
                let full = (0..<Limits.callsInFlight).map { _ in
                    Task { await failure { _ = try await pool.actor.echo("x") } }
                }
                #expect(try await eventually { peer.counts().inFlight == Limits.callsInFlight })
                let sent = peer.counts().framesSent
                let probe = isByPool ? pool.actor : pool.workers[0].incarnation
                let waiting = (0..<10).map { _ in Task { await failure { _ = try await probe.echo("x") } } }
                let system = cluster.actorSystem
                #expect(try await eventually { system.pendingCalls == Limits.callsInFlight + 10 })
                #expect(system.routes.pool(0)?.waitingCalls == (isByPool ? 10 : 0))
                for call in waiting { call.cancel() }
                for call in waiting { #expect(await call.value is CancellationError) }
                #expect(peer.counts().framesSent == sent)
                #expect(system.pendingCalls == Limits.callsInFlight)
                for call in full { call.cancel() }
                for call in full { #expect(await call.value is CancellationError) }
            }
        }

        @Test(
            "E4: cancelling an unknown or a finished call is ignored; a call that its cancellation has overtaken is not started"
        )
        func cancellations() async throws {
            try await withRawPrimary { primary in
                try primary.start()
                let echo = try Targets.named("Probe.echo(bytes:)")
                let sleep = try Targets.sleep
                let text = try Body.encode([1, 2, 3] as [UInt8])
                let finished = try primary.send(echo, text)
                #expect(try primary.answer(to: finished) == .reply(text))
                for id in [finished, 0, 500, .max] { try primary.pipe.send(.cancel(id: id)) }
                #expect(try primary.call(echo, text) == .reply(text))

                try primary.pipe.send(.cancel(id: 10))
                let overtaken = try primary.send(sleep, Targets.sleepArguments(milliseconds: 60_000), id: 10)
                #expect(try primary.answer(to: overtaken) == .failure(Failure(.cancelled)))
                let running = try primary.send(sleep, Targets.sleepArguments(milliseconds: 60_000))
                try primary.pipe.send(.cancel(id: running))
                #expect(try primary.answer(to: running) == .failure(Failure(.cancelled)))
                let runs = try primary.call(Targets.named("Probe.count(of:)"), Body.encode("runs"))
                #expect(try runs == .reply(Body.encode(1)))

                try primary.pipe.send(OutgoingFrame.call(id: 100, .health, remaining: 0))
                guard case .reply(let body) = try primary.answer(to: 100) else { return unexpected(nil, "no report") }
                let report = try body.withUnsafeBytes { try Body.decode(HealthReport.self, from: $0) }
                #expect(report.callsInFlight == 0)
                #expect(report.callsServed == 4)
            }
        }

        @Test("E5: a call that has no time left when it arrives is answered as timeout, and its method does not run")
        func noTimeLeft() async throws {
            try await withRawPrimary { primary in
                try primary.start()
                let arguments = try Targets.sleepArguments(milliseconds: 0)
                let request = CallRequest.method(
                    actor: ActorID.rootNumber, target: try primary.number(of: Targets.sleep),
                    arguments: .whole(arguments))
                // In nanoseconds.
                for (id, remaining) in [(1, 0), (2, 1)] as [(CallID, UInt64)] {
                    try primary.pipe.send(OutgoingFrame.call(id: id, request, remaining: remaining))
                    #expect(try primary.answer(to: id) == .failure(Failure(.timeout, delivery: .notSent)))
                }
                let asked = try primary.send(Targets.named("Probe.count(of:)"), Body.encode("runs"), id: 3)
                #expect(try primary.answer(to: asked) == .reply(Body.encode(0)))
                #expect(try primary.call(Targets.sleep, arguments) == .reply([]))
            }
        }

        @Test("a worker that gets the number of a running call again, or more calls than may be unanswered, leaves")
        func repeatedCall() async throws {
            let sleep = try Targets.sleep
            try await withRawPrimary { primary in
                try primary.start()
                for _ in 0..<2 { try primary.send(sleep, Targets.sleepArguments(milliseconds: 60_000), id: 7) }
                #expect(primary.worker.waitForExit(within: .seconds(1.5)) == .code(0))
            }
            try await withRawPrimary { primary in
                try primary.start()
                for _ in 0...Limits.callsInFlight {
                    try primary.send(sleep, Targets.sleepArguments(milliseconds: 60_000))
                }
                #expect(primary.worker.waitForExit(within: .seconds(1.5)) == .code(0))
            }
        }
    }
}
