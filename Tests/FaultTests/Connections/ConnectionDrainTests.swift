import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("connections of workers that leave")
    struct ConnectionDrains {
        /// Clients of a worker, and what it owes them.
        private struct Clients: Sendable {
            let idle: [Client]
            let busy: [Client]
            var endless: Client?

            /// How long a busy one's request takes.
            static let request = TestLength.isLong ? 800 : 300

            init(of address: SocketAddress, withEndless: Bool) throws {
                idle = try (0..<10).map { _ in try Client(to: address) }
                busy = try (0..<2).map { _ in try Client(to: address) }
                endless = withEndless ? try Client(to: address) : nil
                for client in idle { _ = try client.ask("who") }
                for client in busy { _ = try client.ask("who") }
                for client in busy { try client.say("wait \(Self.request)") }
                #expect(try endless?.ask("hold") ?? "held" == "held")
            }
        }

        @Test(
            "N-04: a draining worker accepts no more, idle connections end at once, requests are answered, and it exits with 0",
            arguments: [ConnectionDistribution.shared, .roundRobin])
        func drain(distribution: ConnectionDistribution) async throws {
            try await withServers(1, distribution, { $0.timeouts.drain = .seconds(5) }) { cluster, pool, listener in
                let record = EventRecord(cluster.events)
                let worker = pool.workers[0]
                let clients = try await onOwnThread { try Clients(of: listener.address, withEndless: false) }
                let start = MonotonicClock.now
                let stop = Task { await worker.stop() }
                try await onOwnThread {
                    for client in clients.idle { #expect(client.isEnded()) }
                    #expect(MonotonicClock.now - start < .milliseconds(200) * TestLength.patience)
                    for client in clients.busy { #expect(throws: Never.self) { try client.hear() } }
                }
                await stop.value
                let limit = Duration.milliseconds(Clients.request + 400)
                #expect(MonotonicClock.now - start < limit * TestLength.patience)
                try await record.waitForExit(of: worker.id)
                let exit = record.kinds(of: worker.id).last
                #expect(exit == .exited(.code(0), intentional: true, forced: false, lastOutput: []))
            }
        }

        @Test("N-04: a connection that never ends is cut when the drain limit has passed, and the exit is by force")
        func endless() async throws {
            try await withServers(1, .roundRobin, { $0.timeouts.drain = .seconds(1) }) { cluster, pool, listener in
                let record = EventRecord(cluster.events)
                let worker = pool.workers[0]
                let clients = try await onOwnThread { try Clients(of: listener.address, withEndless: true) }
                let start = MonotonicClock.now
                let stop = Task { await worker.stop() }
                try await onOwnThread {
                    for client in clients.busy { #expect(throws: Never.self) { try client.hear() } }
                    #expect(clients.endless?.isEnded() == true)
                    let time = MonotonicClock.now - start
                    #expect(time >= .seconds(1) && time < .seconds(2) * TestLength.patience)
                }
                await stop.value
                try await record.waitForExit(of: worker.id)
                guard case .exited(_, true, true, _)? = record.kinds(of: worker.id).last else { return unexpected(nil) }
            }
        }

        @Test(
            "N-04: a client that has not sent anything yet has a second for its first request when the worker is to leave",
            arguments: [true, false])
        func firstRequest(isSent: Bool) async throws {
            try await withServers(1, .roundRobin) { _, pool, listener in
                let idle = try await onOwnThread {
                    let client = try Client(to: listener.address)
                    _ = try client.ask("who")
                    return client
                }
                let start = MonotonicClock.now
                let new = try await onOwnThread { try Client(to: listener.address) }
                #expect(try await eventually { pool.statistics.workers[0].connections.active == 2 })
                let stop = Task { await pool.workers[0].stop() }
                try await onOwnThread {
                    #expect(idle.isEnded())
                    if isSent { _ = try Answer(new.ask("who")) }
                    #expect(new.isEnded())
                    #expect(isSent || MonotonicClock.now - start >= .seconds(1))
                }
                await stop.value
            }
        }

        @Test(
            "G-01: a stopping cluster answers the requests that are open, and refuses new connections",
            arguments: [ConnectionDistribution.shared, .roundRobin])
        func stop(distribution: ConnectionDistribution) async throws {
            try await withServers(4, distribution) { cluster, _, listener in
                let clients = try await onOwnThread {
                    let clients = try (0..<20).map { _ in try Client(to: listener.address) }
                    for client in clients { _ = try client.ask("who") }
                    for client in clients { try client.say("wait 500") }
                    return clients
                }
                async let stop: Void = cluster.shutDown()
                let answers = try await onOwnThread { try clients.map { try $0.hear() } }
                #expect(answers == Array(repeating: "done", count: 20))
                await stop
                await #expect(throws: Client.Failure(call: "connect", errno: ECONNREFUSED)) {
                    try await onOwnThread { try Client(to: listener.address) }
                }
            }
        }

        @Test(
            "clients that come while one worker leaves are served by the others, none is refused or cut",
            arguments: [ConnectionDistribution.shared, .roundRobin])
        func turnover(distribution: ConnectionDistribution) async throws {
            try await withServers(2, distribution) { _, pool, listener in
                let traffic = Traffic(of: 4) { try Client.ask("who", at: listener.address) }
                for round in 0..<TestLength.rounds(4, long: 40) { try await pool.workers[round % 2].restart() }
                let (served, failed) = try await traffic.end()
                #expect(served > 0 && failed == [], "\(failed)")
            }
        }

        @Test(
            "F8: a worker without a free descriptor looks again each 100 ms, without spinning, and goes on when it has one"
        )
        func workerWithoutDescriptors() async throws {
            try await withServers(1, .shared) { _, pool, listener in
                let actor = pool.workers[0].actor
                _ = try await ask(1, at: listener.address)
                try await actor.refuseDescriptors(forMilliseconds: 700)
                let before = try await actor.processorTime()
                try await onOwnThread {
                    let clients = try (0..<8).map { _ in try Client(to: listener.address) }
                    for client in clients { try client.say("who") }
                    for client in clients { _ = try Answer(client.hear()) }
                }
                let spent = try await actor.processorTime() - before
                #expect(spent < 100 * TestLength.patience, "\(spent) ms of processor time")
                #expect(try await eventually { (1...10).contains(pool.statistics.connections.pauses) })
            }
        }

        @Test("F8: connections for a worker without a free descriptor go to others, and to it again when it has one")
        func handedToWorkerWithoutDescriptors() async throws {
            try await withServers(2, .roundRobin) { _, pool, listener in
                try await pool.workers[0].actor.refuseDescriptors(forMilliseconds: 700)
                try await onOwnThread {
                    let clients = try (0..<20).map { _ in try Client(to: listener.address) }
                    for client in clients { try client.say("who") }
                    for client in clients { _ = try Answer(client.hear()) }
                }
                #expect(listener.statistics.takenBack > 0 && listener.statistics.untaken == 0)
                let isBack = try await eventually { try await ask(4, at: listener.address)[0] ?? 0 > 0 }
                #expect(isBack)
            }
        }

        @Test("F8: a primary without a free descriptor accepts again each 100 ms, without spinning")
        func primaryWithoutDescriptors() async throws {
            try await withWatchedPrimary(["listen", "starved"]) { primary, _ in
                try primary.waitUntilReady()
                let port = try #require(Int(primary.line(beginning: "port").split(separator: " ").last ?? ""))
                _ = try primary.line(beginning: "starved")
                let address = SocketAddress.tcp(host: "127.0.0.1", port: port)
                let clients = try (0..<8).map { _ in try Client(to: address) }
                for client in clients { try client.say("who") }
                for client in clients { _ = try Answer(client.hear()) }
                let end = try primary.line(beginning: "pauses").split(separator: " ").compactMap { Int($0) }
                #expect(end.count == 2 && (1...15).contains(end[0]) && end[1] < 150 * TestLength.patience, "\(end)")
                primary.signal(SIGTERM)
                #expect(primary.end(within: .seconds(10)) == .code(0))
            }
        }
    }
}
