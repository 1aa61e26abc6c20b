import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("commands")
    struct Commands {
        @Test(
            "M-12: a command is a method; one that the callee lacks is unknown, by its name and the worker's, at once")
        func commands() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.servants, count: 1, options: workerProgram())
                let servant = pool.actor
                try await servant.configure(ServiceSettings(logLevel: "debug", timeout: 30_000))
                #expect(try await servant.stats() == ServiceSettings(logLevel: "debug", timeout: 30_000))
                #expect(try await servant.reload() == 1)
                #expect(try await servant.healthCheck() == ["cached": "5"])
                #expect(try await servant.clearCache() == 5)
                let report = try await pool.workers[0].healthCheck()
                #expect(report.residentMemory > 0 && report.uptime > .zero && report.details == ["cached": "0"])

                let nope = try Probe.resolve(id: servant.id, using: cluster.actorSystem)
                let time = await elapsed {
                    let unknown = await failure { try await nope.nothing() }
                    guard case CallError.unknownTarget(let method, let worker)? = unknown else {
                        return unexpected(unknown)
                    }
                    #expect(method.hasSuffix("Probe.nothing()") && worker == pool.workers[0].id)
                    #expect(
                        "\(unknown, default: "")".hasPrefix(
                            "worker servants/0#1 has no method FaultActors.Probe.nothing()"))
                }
                #expect(time < .seconds(1) * TestLength.patience)
                let thrown = await failure { try await servant.fail("x") }
                #expect((thrown as? RemoteError)?.message == "x")
            }
        }

        @Test(
            "M-13: each kind of message of a worker has its method in the primary; an unknown kind is the sender's error"
        )
        func kinds() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.servants, count: 2, options: workerProgram())
                let desk = Desk(actorSystem: cluster.actorSystem)
                try await cluster.actorSystem.register(desk, as: "desk")
                let events = cluster.events
                let (one, two) = (pool.workers[0].actor, pool.workers[1].actor)
                #expect(try await one.tellDesk(of: "printing") == "turn printing off and on again")
                #expect(try await desk.all() == ["log from servants/0#1", "metric load 0.5", "help printing"])
                for await event in events {
                    guard case .error(let text) = event.kind else { continue }
                    #expect(event.worker == pool.workers[0].id)
                    #expect(text.contains("worker primary/0#0 has no method FaultActors.Stranger.onlyHere"))
                    break
                }
                async let other = one.tellDesk(of: "the light")
                #expect(try await two.tellDesk(of: "the door") == "turn the door off and on again", "each its own")
                #expect(try await other == "turn the light off and on again")
                let log = try await desk.all().filter { $0.hasPrefix("log") }
                #expect(log.sorted() == ["log from servants/0#1", "log from servants/0#1", "log from servants/1#2"])
            }
        }

        @Test("M-14: a message goes to a worker, to a slot, to a list of them or to all; who is not there is named")
        func lists() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 4, options: workerProgram())
                let send = { (slots: [Int], name: String) async -> Broadcast<Work> in
                    await pool.broadcast(to: slots) { try await $0.work(name, milliseconds: 1) }
                }
                _ = try await pool.workers[2].actor.work("one", milliseconds: 1)
                #expect(try await send([1], "one").values().map(\.worker) == [pool.workers[1].id])
                #expect(try await send([3, 0, 3], "list").values().map(\.worker.slot) == [3, 0], "each once")
                #expect(try await pool.broadcast { try await $0.work("all", milliseconds: 1) }.values().count == 4)
                #expect(try await send([], "nobody").values() == [])

                let sent = await send([1, 99, -1, 2], "some")
                #expect(sent.missing.map(\.slot) == [99, -1])
                let error = try #require(await failure { _ = try sent.values() } as? BroadcastError)
                #expect(error.answered.map(\.slot) == [1, 2])
                #expect(error.description.contains("probes has no slot 99"))
                for (slot, counts) in [[0, 1, 1, 0], [1, 0, 1, 1], [1, 0, 1, 1], [0, 1, 1, 0]].enumerated() {
                    let actor = pool.workers[slot].actor
                    for (name, count) in zip(["one", "list", "all", "some"], counts) {
                        #expect(try await actor.count(of: name) == count, "\(name) at \(slot)")
                    }
                }
            }
        }
    }
}
