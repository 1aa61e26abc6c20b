import ActorCluster
import ActorClusterTesting
import Distributed
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("a message to all workers")
    struct BroadcastTests {
        @Test("M-01, M-02: each of eight workers gets it once; it returns when the slowest has finished, in slot order")
        func all() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 8, options: workerProgram())
                let sent = await pool.broadcast { try await $0.work("settings", milliseconds: 100) }
                let works = try sent.values()
                #expect(works.map(\.worker) == pool.workers.map(\.id))
                #expect(sent.results.map(\.worker) == pool.workers.map(\.id))
                #expect(sent.missing == [])
                for worker in pool.workers { #expect(try await worker.actor.count(of: "settings") == 1) }
            }
        }

        @Test("M-02: where no worker is ready nobody is asked")
        func none() async throws {
            try await withCluster { cluster in
                let options = workerProgram {
                    $0.restart = .never; $0.optional = true
                }
                let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                await pool.workers[0].stop()
                let sent = await pool.broadcast { try await $0.pid() }
                #expect(sent.results.isEmpty)
                #expect(try sent.values() == [])
            }
        }

        @Test("M-03: those that do not answer in time are named, and those that did")
        func late() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 8, options: workerProgram())
                let time = try await elapsed {
                    let sent = await pool.broadcast(timeout: .milliseconds(300)) { probe in
                        let slot = try await probe.identity().worker.slot
                        if slot == 3 || slot == 7 { try await probe.sleep(milliseconds: 60_000) }
                        return slot
                    }
                    #expect(sent.missing == [pool.workers[3].id, pool.workers[7].id])
                    let error = try #require(await failure { _ = try sent.values() } as? BroadcastError)
                    #expect(error.answered.map(\.slot) == [0, 1, 2, 4, 5, 6])
                    #expect(error.description.hasPrefix("2 of 8 workers failed: probes/3#4: no answer to "))
                }
                #expect(time >= .milliseconds(300) && time < .seconds(1) * TestLength.patience)
            }
        }

        @Test("M-04: a worker that dies has failed at once, one that throws with what it threw; the others count")
        func died() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 8, options: workerProgram())
                let workers = pool.workers
                let sent = await pool.broadcast { probe in
                    let slot = try await probe.identity().worker.slot
                    if slot == 3 { try await probe.exit(code: 3) }
                    if slot == 5 { try await probe.failUnlisted(text: "disk") }
                    return slot
                }
                let error = try #require(await failure { _ = try sent.values() } as? BroadcastError)
                #expect(error.failures.map(\.worker) == [workers[3].id, workers[5].id])
                #expect(error.failures[0].error as? CallError == .workerDied(workers[3].id, .code(3), .maybeExecuted))
                #expect((error.failures[1].error as? RemoteError)?.message == "disk")
                #expect(error.answered.count == 6)
            }
        }

        @Test("M-05: what is answered to one message is no answer to another")
        func two() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 4, options: workerProgram())
                async let first = pool.broadcast { try await $0.work("first", milliseconds: 20) }
                async let second = pool.broadcast(timeout: .milliseconds(300)) { probe in
                    if try await probe.identity().worker.slot == 2 { try await probe.sleep(milliseconds: 60_000) }
                    return try await probe.work("second", milliseconds: 20)
                }
                let (one, two) = await (first, second)
                #expect(try one.values().count == 4)
                #expect(two.missing == [pool.workers[2].id])
            }
        }
    }
}
