import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("calls")
    struct Calls {
        @Test("C-01: a call returns what the method returned, in another process, with one frame each way")
        func callReturns() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let peer = try #require(cluster.actorSystem.routes.peer(1))
                let before = peer.counts()
                #expect(try await pool.actor.echo("hello") == "hello")
                #expect(try await pool.actor.pid() != getpid())
                #expect(try await pool.actor.pid() == pool.workers[0].pid)
                try await pool.actor.nothing()
                #expect(peer.counts().framesSent == before.framesSent + 4)
                #expect(peer.counts().framesReceived == before.framesReceived + 4)
            }
        }

        @Test("C-02: a thousand calls at once each get their own answer")
        func concurrentCalls() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let time = try await elapsed {
                    try await withThrowingTaskGroup(of: (Int, Int).self) { group in
                        for number in 0..<1_000 {
                            group.addTask {
                                (number, try await pool.actor.echo(number, afterMilliseconds: .random(in: 0...50)))
                            }
                        }
                        var answers: Set<Int> = []
                        for try await (number, answer) in group {
                            #expect(number == answer)
                            answers.insert(answer)
                        }
                        #expect(answers.count == 1_000)
                    }
                }
                #expect(time < .seconds(2) * TestLength.patience)
            }
        }

        @Test("C-03: a call without an answer times out with worker and method, and the method is cancelled")
        func timeout() async throws {
            var options = Groups.options
            options.callTimeout = .milliseconds(500)
            try await withCluster(options) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let actor = pool.actor
                var error: (any Error)?
                let time = await elapsed { error = await failure { try await actor.sleep(milliseconds: 60_000) } }
                #expect(time >= .milliseconds(490) && time < .milliseconds(1_500) * TestLength.patience)
                guard case CallError.timeout(let limit, let target, let worker?, .maybeExecuted)? = error else {
                    return unexpected(error)
                }
                #expect(limit == .milliseconds(500))
                #expect(target.contains("sleep(milliseconds:"))
                #expect(worker == pool.workers[0].id)
                #expect(cluster.actorSystem.pendingCalls == 0)
                try await actor.wait(for: "cancellations", count: 1)
                #expect(try await actor.echo("next") == "next")
            }
        }

        @Test("C-04: an answer after the limit is dropped and counted")
        func lateReply() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let actor = pool.actor
                let error = await failure {
                    _ = try await withCallTimeout(.milliseconds(200)) {
                        try await actor.sleepStubbornly(milliseconds: 400)
                    }
                }
                guard case CallError.timeout? = error else {
                    return unexpected(error)
                }
                let peer = try #require(cluster.actorSystem.routes.peer(1))
                #expect(try await eventually { peer.counts().lateReplies == 1 })
                for number in 0..<100 {
                    #expect(try await actor.echo(number, afterMilliseconds: 0) == number)
                }
                #expect(peer.counts().lateReplies == 1)
            }
        }

        @Test("C-05: cancelling the caller ends its call at once, cancels the method and touches no other call")
        func cancellation() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let actor = pool.actor
                let first = Task { await failure { try await actor.sleep(milliseconds: 10_000) } }
                async let second = actor.echo(7, afterMilliseconds: 300)
                try await actor.wait(for: "runs", count: 1)
                let time = await elapsed {
                    first.cancel()
                    #expect(await first.value is CancellationError)
                }
                #expect(time < .seconds(1) * TestLength.patience)
                try await actor.wait(for: "cancellations", count: 1)
                #expect(try await second == 7)
            }
        }

        @Test("C-05: a task that is cancelled already sends nothing")
        func cancelledBefore() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let peer = try #require(cluster.actorSystem.routes.peer(1))
                let sent = peer.counts().framesSent
                let task = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    return await failure { try await pool.actor.sleep(milliseconds: 1) }
                }
                #expect(await task.value is CancellationError)
                #expect(peer.counts().framesSent == sent)
                #expect(try await pool.actor.count(of: "runs") == 0)
            }
        }

        @Test("C-06: a thrown error arrives: a listed type as itself, any other by name and text, an empty text too")
        func thrownErrors() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let pid = pool.workers[0].pid
                let listed = await failure { try await pool.actor.failListed(code: 17) }
                #expect(listed as? ListedError == ListedError(code: 17, hint: "h17"))
                let unlisted = await failure { try await pool.actor.failUnlisted(text: "disk is full") }
                #expect(
                    unlisted as? RemoteError
                        == RemoteError(typeName: "FaultActors.UnlistedError", message: "disk is full"))
                let empty = await failure { try await pool.actor.failUnlisted(text: "") }
                #expect(empty as? RemoteError == RemoteError(typeName: "FaultActors.UnlistedError", message: ""))
                #expect(try await pool.actor.pid() == pid)
            }
        }

        @Test("values that cannot be encoded, messages that are too long and generic methods are the caller's errors")
        func refusedCalls() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let actor = pool.actor
                guard
                    case CallError.notEncodable(_, .notSent)? = await failure(of: {
                        try await actor.take(Unencodable())
                    })
                else { return unexpected(nil, "an argument that does not encode") }
                guard
                    case CallError.notEncodable(_, .maybeExecuted)? = await failure(of: {
                        _ = try await actor.unencodable()
                    })
                else { return unexpected(nil, "a result that does not encode") }
                let long = [UInt8](repeating: 1, count: 1_100_000)
                guard
                    case CallError.tooLarge(let bytes, 1 << 20, .notSent)? =
                        await failure(of: { _ = try await actor.echo(bytes: long) })
                else { return unexpected(nil, "a message above the limit") }
                #expect(bytes > 1_100_000)
                guard case CallError.unsupportedCall? = await failure(of: { _ = try await actor.generic(1) })
                else { return unexpected(nil, "a generic method") }
                #expect(try await actor.echo(bytes: Array(long.prefix(700_000))).count == 700_000)
            }
        }

        @Test("C-16: a call of a method that belongs to another type is an unknown target, and nothing runs")
        func foreignTarget() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let stranger = try Stranger.resolve(id: pool.actor.id, using: cluster.actorSystem)
                let error = await failure { _ = try await stranger.onlyHere("x") }
                guard case CallError.unknownTarget(let name, pool.workers[0].id)? = error else {
                    return unexpected(error)
                }
                #expect(name.contains("onlyHere"))
                #expect(try await pool.actor.echo("next") == "next")
            }
        }
    }
}
