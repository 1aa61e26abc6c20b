import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("limits")
    struct LimitTests {
        @Test("C-12: bytes count, not characters: what is above the limit is refused before anything is sent")
        func messageSizes() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let actor = pool.actor
                #expect(try await actor.echo(bytes: [UInt8](repeating: 7, count: 700_000)).count == 700_000)
                let accents = String(repeating: "é", count: 400_000)
                #expect(try await actor.echo(accents) == accents)
                let peer = try #require(cluster.actorSystem.routes.peer(1))
                let sent = peer.counts().framesSent
                for call in [
                    { _ = try await actor.echo(bytes: [UInt8](repeating: 7, count: 1_100_000)) },
                    { _ = try await actor.echo(String(repeating: "é", count: 600_000)) },
                ] as [@Sendable () async throws -> Void] {
                    let time = await elapsed {
                        let error = await failure(of: call)
                        guard case CallError.tooLarge(let bytes, 1_048_576, .notSent)? = error else {
                            return unexpected(error)
                        }
                        #expect(bytes > 1_100_000)
                    }
                    #expect(time < .seconds(1) * TestLength.patience)
                }
                #expect(peer.counts().framesSent == sent)
                #expect(try await actor.echo("next") == "next")
            }
        }

        @Test("D4: a frame of exactly the limit passes, one byte more is refused with size and limit, both ways")
        func frameLimit() async throws {
            var options = Groups.options
            options.frameLimit = 64 << 10
            try await withCluster(options) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let actor = pool.actor
                guard
                    case CallError.tooLarge(let size, let limit, .notSent)? =
                        await failure(of: { try await actor.swallow([UInt8](repeating: 1, count: 100_000)) })
                else { return unexpected(nil, "far above the limit") }
                let overhead = size - 100_000
                let most = limit - overhead
                try await actor.swallow([UInt8](repeating: 1, count: most))
                let above = await failure { try await actor.swallow([UInt8](repeating: 1, count: most + 1)) }
                #expect(above as? CallError == .tooLarge(bytes: limit + 1, limit: limit, .notSent))

                guard
                    case CallError.tooLarge(let answer, limit, .maybeExecuted)? =
                        await failure(of: { _ = try await actor.makeBytes(count: 100_000) })
                else { return unexpected(nil, "a result far above the limit") }
                let mostAnswer = limit - (answer - 100_000)
                #expect(try await actor.makeBytes(count: mostAnswer).count == mostAnswer)
                let longer = await failure { _ = try await actor.makeBytes(count: mostAnswer + 1) }
                #expect(longer as? CallError == .tooLarge(bytes: limit + 1, limit: limit, .maybeExecuted))
            }
        }

        @Test("D4: the frame limit can be set up to 64 MiB, and a message of nearly that passes")
        func highestFrameLimit() async throws {
            var options = Groups.options
            options.frameLimit = Limits.frameCeiling
            options.callTimeout = .seconds(30)
            try await withCluster(options) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let count = Limits.frameCeiling - 1_024
                #expect(try await pool.actor.echo(bytes: [UInt8](repeating: 3, count: count)).count == count)
            }
            for limit in [Limits.frameCeiling + 1, Limits.frameFloor - 1] {
                options.frameLimit = limit
                let error = await failure { [options] in try await Cluster.run(options: options) { _ in } }
                guard case ClusterError.invalidOption(let why)? = error else { return unexpected(error) }
                #expect(why.contains("\(limit)"))
            }
        }

        @Test("C-14: arguments and results that cannot be encoded are the caller's error, and the worker lives")
        func notEncodable() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let argument = await failure { try await pool.actor.take(Unencodable()) }
                guard case CallError.notEncodable(_, .notSent)? = argument else { return unexpected(argument) }
                let result = await failure { _ = try await pool.actor.unencodable() }
                guard case CallError.notEncodable(_, .maybeExecuted)? = result else { return unexpected(result) }
                #expect(try await pool.actor.pid() == pool.workers[0].pid)
            }
        }

        @Test("C-15: extreme values come back equal, bit for bit")
        func extremeValues() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                for value in [Extremes.sample, Extremes.empty] {
                    let back = try await pool.actor.echo(value)
                    #expect(back == value)
                    #expect(back.doubles.map(\.bitPattern) == value.doubles.map(\.bitPattern))
                }
            }
        }

        @Test(
            "a worker takes 1,024 calls at once; further ones wait in order, and past 10,000 of those they are refused")
        func callsInFlight() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let actor = pool.workers[0].incarnation
                let peer = try #require(cluster.actorSystem.routes.peer(1))
                let before = peer.counts().framesSent
                let calls = (0..<Limits.callsInFlight + Limits.callsWaiting).map { _ in
                    Task { await failure { try await actor.sleep(milliseconds: 60_000) } }
                }
                #expect(try await eventually(within: .seconds(20)) { peer.counts().pending == calls.count })
                #expect(try await eventually { peer.counts().framesSent == before + UInt64(Limits.callsInFlight) })
                let refused = await failure { _ = try await actor.echo("one more") }
                #expect(
                    refused as? CallError
                        == .overloaded(group: "probes/0#1", queued: Limits.callsWaiting, limit: Limits.callsWaiting))
                #expect(try await pool.workers[0].healthCheck().callsInFlight <= Limits.callsInFlight)
                for call in calls { call.cancel() }
                for call in calls { #expect(await call.value is CancellationError) }
                #expect(try await actor.echo("free again") == "free again")
            }
        }
    }
}
