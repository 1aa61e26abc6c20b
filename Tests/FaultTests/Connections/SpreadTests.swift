import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("connections that workers accept themselves")
    struct SpreadTests {
        @Test(
            "N-02: of 400 connections all are served, by whichever worker",
            arguments: [ConnectionDistribution.shared, .reusePort])
        func all(distribution: ConnectionDistribution) async throws {
            try await withServers(4, distribution) { _, pool, listener in
                let answers = try await ask(400, at: listener.address)
                #expect(answers.values.reduce(0, +) == 400)
                #expect(try await eventually { pool.statistics.connections.total == 400 })
                #expect(listener.statistics.accepted == 0)
            }
        }

        @Test(
            "a descriptor can be served by whoever knows how to, and its connections are counted",
            arguments: [ConnectionDistribution.shared, .reusePort])
        func descriptor(distribution: ConnectionDistribution) async throws {
            try await withServers(2, distribution, { $0.process.environment["SERVER"] = "descriptor" }) {
                _, pool, listener in
                let pids = try await onOwnThread {
                    try (0..<50).map { _ in try Answer(Client(to: listener.address).hear()).pid }
                }
                #expect(Set(pids).isSubset(of: Set(pool.workers.compactMap(\.pid))))
                #expect(try await eventually { pool.statistics.connections.total == 50 })
                #expect(try await eventually { pool.statistics.connections.active == 0 })
                let old = pool.workers[0]
                try await old.restart()
                #expect(pool.workers[0].id != old.id)
                _ = try await onOwnThread { try (0..<10).map { _ in try Client(to: listener.address).hear() } }
            }
        }

        @Test(
            "with a socket for each slot each has its share; a slot that goes takes none along, one that comes gets one"
        )
        func slots() async throws {
            try await withServers(3, .reusePort) { _, pool, listener in
                let answers = try await ask(600, at: listener.address)
                // The system chooses by a hash.
                for slot in 0..<3 { #expect((100...300).contains(answers[slot] ?? 0), "\(answers)") }
                try await pool.scale(to: 1)
                let alone = try await ask(60, at: listener.address)
                #expect(alone == [0: 60])
                try await pool.scale(to: 2)
                let both = try await ask(200, at: listener.address)
                #expect(both[0] ?? 0 > 40 && both[1] ?? 0 > 40, "\(both)")
            }
        }

        @Test(
            "N-08: when workers are killed only what they had in hand fails, at once, and the port never refuses",
            arguments: [ConnectionDistribution.shared, .roundRobin, .leastBusy])
        func kills(distribution: ConnectionDistribution) async throws {
            try await withServers(4, distribution) { _, pool, listener in
                // Who had told its number to a client that had no answer in the end.
                let lost = Lock<[Int32]>([])
                let traffic = Traffic(of: 4) { () throws -> String in
                    let client = try Client(to: listener.address)
                    // At once, because who is dead refuses a second question in another way.
                    try client.say("who\nwait 20")
                    let server = try Answer(client.hear()).pid
                    do { return try client.hear() } catch {
                        lost.withLock { $0.append(server) }
                        throw error
                    }
                }
                var killed: Set<Int32> = []
                for round in 0..<TestLength.rounds(5, long: 20) {
                    let worker = pool.workers[round % 4]
                    let pid = try #require(worker.pid)
                    killed.insert(pid)
                    kill(pid, SIGKILL)
                    _ = try await pool.replacement(of: worker)
                }
                let (served, failed) = try await traffic.end()
                let wronged = lost.withLock { $0 }.filter { !killed.contains($0) }
                #expect(wronged.isEmpty, "they live: \(wronged)")
                #expect(failed.allSatisfy { $0.call == "recv" && [0, ECONNRESET].contains($0.errno) }, "\(failed)")
                #expect(failed.count <= TestLength.rounds(5, long: 20) * 4 && served > 0)
            }
        }

        /// Whether the first worker has had twelve connections by and by, of which so many are open.
        private func hasTwelve(_ pool: WorkerPool<Server>, open: Int) async throws -> Bool {
            try await eventually {
                let counted = pool.statistics.workers[0].connections
                return counted.active == open && counted.total == 12
            }
        }

        @Test(
            "T-02: three open ones and nine that are over are counted, aborted ones too; none is active when the three close"
        )
        func counts() async throws {
            try await withServers(1, .roundRobin) { _, pool, listener in
                var open = try await onOwnThread {
                    for _ in 0..<7 { _ = try Client.ask("who", at: listener.address) }
                    for _ in 0..<2 { try Client(to: listener.address).say("wait 5") }
                    let open = try (0..<3).map { _ in try Client(to: listener.address) }
                    for client in open { _ = try client.ask("who") }
                    return open
                }
                #expect(try await hasTwelve(pool, open: 3), "\(pool.statistics.workers[0].connections)")
                withExtendedLifetime(open) {}
                open = []
                #expect(try await hasTwelve(pool, open: 0), "\(pool.statistics.workers[0].connections)")
            }
            try await withServers(2, .shared) { _, pool, listener in
                _ = try await ask(20, at: listener.address)
                let old = pool.workers[0]
                #expect(try await eventually { pool.statistics.connections.total == 20 })
                try await old.restart()
                // What a process has had stays with its slot.
                #expect(pool.statistics.connections.total == 20 && pool.statistics.connections.active == 0)
            }
        }
    }
}
