import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension ProcessTests {
    @Suite("connections that the primary hands over")
    struct HandOverTests {
        @Test(
            "N-01: 400 connections one after another are 100 for each of four workers, who see the clients' own addresses"
        )
        func turns() async throws {
            try await withServers(4, .roundRobin) { _, pool, listener in
                let before = Processes.descriptors.count
                let answers = try await ask(400, at: listener.address)
                #expect(answers.values.reduce(0, +) == 400)
                expect(answers, within: 0, at: listener)
                try await onOwnThread {
                    let client = try Client(to: listener.address)
                    let answer = try Answer(client.ask("who"))
                    #expect(answer.client == "\(client.ownAddress)")
                    #expect(answer.pid != getpid())
                }
                // What others of this process had open at first may be gone.
                #expect(try await eventually { Processes.descriptors.count <= before })
                #expect(listener.statistics.accepted == 401 && listener.statistics.untaken == 0)
                #expect(try await eventually { pool.statistics.connections.total == 401 })
            }
        }

        /// Each of four workers has had its share. On a machine that stands still for 250 ms a connection goes to another
        /// one, which is counted.
        private func expect(_ answers: [Int: Int], within slack: Int, at listener: Listener) {
            let count = answers.values.reduce(0, +)
            for slot in 0..<4 {
                let difference = abs((answers[slot] ?? 0) - count / 4)
                #expect(difference <= slack + Int(listener.statistics.takenBack), "\(answers)")
            }
        }

        @Test("10,000 short connections, 40 at a time: none is lost, the spread is within 1 %, descriptors are level")
        func many() async throws {
            let count = TestLength.rounds(2_000, long: 10_000)
            try await withServers(4, .roundRobin) { _, pool, listener in
                _ = try await ask(4, at: listener.address)
                let before = Processes.descriptors.count
                let answers = try await withThrowingTaskGroup(of: [Int: Int].self) { group in
                    for _ in 0..<40 { group.addTask { try await ask(count / 40, at: listener.address) } }
                    return try await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
                }
                #expect(answers.values.reduce(0, +) == count)
                expect(answers, within: count / 400, at: listener)
                // What others of this process had open at first may be gone.
                #expect(try await eventually { Processes.descriptors.count <= before })
                #expect(try await eventually { pool.statistics.connections.active == 0 })
            }
        }
    }
}

extension SharingTests {
    @Suite("connections that are handed over late, by load or not at all")
    struct LateHandOvers {
        @Test("N-05: clients that come before a worker is ready are served when the first one is, none is refused")
        func early() async throws {
            for distribution in [ConnectionDistribution.roundRobin, .shared] {
                try await withCluster { cluster in
                    let listener = try await cluster.listen(
                        on: anyPort, as: "web", for: Groups.servers, distribution: distribution)
                    let start = MonotonicClock.now
                    let clients = (0..<5).map { _ in
                        Task { try await onOwnThread { try Answer(Client.ask("who", at: listener.address)) } }
                    }
                    let options = workerProgram { $0.process.environment["SERVER"] = "late" }
                    _ = try await cluster.start(Groups.servers, count: 2, options: options)
                    for client in clients { _ = try await client.value }
                    let time = MonotonicClock.now - start
                    #expect(time >= .milliseconds(500) && time < .seconds(2.5) * TestLength.patience)
                }
            }
        }

        @Test(
            "N-06: of ten connections that stay, workers with limits of 0, 1 and 9 take 0, 1 and 9",
            arguments: [ConnectionDistribution.shared, .roundRobin, .leastBusy])
        func limits(distribution: ConnectionDistribution) async throws {
            let limits = ["0", "1", "9"]
            try await withServers(
                3, distribution, { $0.process.perSlot = { $1.environment["SERVER_LIMIT"] = limits[$0] } }
            ) { _, _, listener in
                try await onOwnThread {
                    var counts = [0, 0, 0]
                    let clients = try (0..<10).map { _ in try Client(to: listener.address) }
                    for client in clients { counts[try Answer(client.ask("who")).slot] += 1 }
                    #expect(counts == [0, 1, 9])
                }
            }
        }

        @Test("N-06: a listener's own limit holds for each worker; the next client is served when one has ended")
        func limitOfListener() async throws {
            for distribution in [ConnectionDistribution.shared, .roundRobin] {
                var options = ListenOptions()
                options.connectionsPerWorker = 2
                try await withServers(2, distribution, listening: options) { _, _, listener in
                    try await onOwnThread {
                        var clients = try (0..<5).map { _ in try Client(to: listener.address) }
                        for client in clients { try client.say("who") }
                        var counts = [0, 0]
                        for client in clients.prefix(4) { counts[try Answer(client.hear()).slot] += 1 }
                        #expect(counts == [2, 2])
                        let last = clients.removeLast()
                        clients.removeFirst()
                        _ = try Answer(last.hear())
                    }
                }
            }
        }

        @Test("least busy: what lasts goes to the worker with the fewest connections")
        func leastBusy() async throws {
            try await withServers(2, .leastBusy) { _, pool, listener in
                let (kept, gone) = try await onOwnThread {
                    var bySlot: [[Client]] = [[], []]
                    for _ in 0..<8 {
                        let client = try Client(to: listener.address)
                        bySlot[try Answer(client.ask("who")).slot].append(client)
                    }
                    #expect(bySlot.map(\.count) == [4, 4])
                    return (bySlot[0], bySlot[1].count)
                }
                // Those of slot 1 are closed by now.
                let isTold = try await eventually {
                    pool.statistics.connections.total == 8 && pool.statistics.workers[1].connections.active == 0
                }
                #expect(isTold)
                try await onOwnThread {
                    let next = try (0..<gone).map { _ in
                        let client = try Client(to: listener.address)
                        return (client, try Answer(client.ask("who")).slot)
                    }
                    #expect(next.allSatisfy { $0.1 == 1 })
                }
                withExtendedLifetime(kept) {}
            }
        }

        @Test(
            "what was handed to a worker that stands still, dies, or does not ask goes to others, and is answered once",
            .disabled(if: TestLength.patience > 1, "under a sanitizer workers that are well take longer than 250 ms"))
        func takenBack() async throws {
            try await withServers(
                2, .roundRobin,
                { options in
                    options.process.perSlot = { if $0 == 0 { $1.environment["SERVER"] = "slowly" } }
                }
            ) { _, pool, listener in
                try await onOwnThread {
                    // Slot 0 serves one client at a time.
                    var (first, slots): ([Client], Set<Int>) = ([], [])
                    while slots.count < 2, first.count < 20 {
                        let client = try Client(to: listener.address)
                        slots.insert(try Answer(client.ask("who")).slot)
                        first.append(client)
                    }
                    #expect(slots == [0, 1])
                    // Every other one is its own at first.
                    for _ in 0..<6 { #expect(try Answer(Client.ask("who", at: listener.address)).slot == 1) }
                    withExtendedLifetime(first) {}
                }
                #expect(listener.statistics.takenBack > 0)
                let stopped = try #require(pool.workers[0].pid)
                try await onOwnThread { #expect(Processes.stop(stopped)) }
                try await onOwnThread {
                    let clients = try (0..<6).map { _ in try Client(to: listener.address) }
                    for client in clients { try client.say("who") }
                    for client in clients { #expect(try Answer(client.hear()).slot == 1) }
                }
                kill(stopped, SIGKILL)
                #expect(try await ask(4, at: listener.address).values.reduce(0, +) == 4)
            }
        }

        @Test("N-09: an accepted socket comes together with a large value, in order, and the primary's copy is as good")
        func socketAsArgument() async throws {
            try await withServers(1, .shared) { _, pool, _ in
                let name = try #require(HostLookup.address(ofNumber: "127.0.0.1", port: 0))
                let listening = try ListeningSocket(name, ListeningSettings())
                let client = try await onOwnThread { try Client(to: SocketAddress(listening.name)) }
                guard case .connection(let socket, _) = try listening.accept() else { return unexpected(nil) }
                let value = [UInt8](repeating: 7, count: 800_004)
                #expect(try await pool.actor.write("child", to: SharedSocket(socket), with: value) == 800_004)
                SharedSocket(socket).write("parent")
                let lines = try await onOwnThread { [try client.hear(), try client.hear()] }
                #expect(lines == ["child", "parent"])
            }
        }
    }
}
