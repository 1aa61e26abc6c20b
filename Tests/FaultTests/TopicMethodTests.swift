import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

private let offers = Topic<Note>("offers")

extension SharingTests {
    @Suite("topics on an actor's method")
    struct TopicMethods {
        private static func listeners(_ cluster: Cluster, _ count: Int) async throws -> [WorkerHandle<Subscriber>] {
            try await cluster.start(Groups.listeners, count: count, options: workerProgram()).workers
        }

        private static var patient: Listening {
            var wish = Listening(offers.name)
            wish.whenFull = .slowPublisher
            return wish
        }

        @Test("a method gets each message once, in each publisher's order; what it throws is counted, and it goes on")
        func delivery() async throws {
            try await withCluster { cluster in
                let workers = try await Self.listeners(cluster, 2).map(\.actor)
                let here = Hearer(refusesEvery: 10, actorSystem: cluster.actorSystem)
                try await here.listen(Self.patient)
                let hearers = [here, try await workers[0].makeHearer(Self.patient, refusesEvery: 10)]
                let count = TestLength.rounds(300, long: 20_000)
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for (index, worker) in workers.enumerated() {
                        group.addTask {
                            try await withCallTimeout(nil) {
                                try await worker.publish(count, to: offers.name, as: index)
                            }
                        }
                    }
                    for try await processes in group { #expect(processes == 2) }
                }
                for hearer in hearers {
                    #expect(try await eventually { try await hearer.account().hearing.heard == 2 * count })
                    // What the method throws is counted after it has heard the message.
                    let isCounted = try await eventually {
                        let account = try await hearer.account()
                        return account.delivered == 2 * count * 9 / 10 && account.failed == 2 * count / 10
                    }
                    #expect(isCounted)
                    let account = try await hearer.account()
                    #expect(account.hearing.outOfOrder == 0 && account.dropped == 0)
                    #expect(account.lastError == "FaultActors.UnlistedError: no \(count)")
                }
            }
        }

        @Test(
            "it ends with its actor, which it does not keep, by its cancellation, also inside the method, and its process"
        )
        func endings() async throws {
            try await withCluster { cluster in
                let system = cluster.actorSystem
                let workers = try await Self.listeners(cluster, 2)
                let (one, two) = (workers[0].actor, workers[1].actor)
                let isGone = { @Sendable in try await eventually { try await system.publish(.end, to: offers) == 0 } }
                let before = try await one.releaseHearers()
                _ = try await one.makeHearer(Self.patient, refusesEvery: 0)
                #expect(try await system.publish(Note(publisher: 1, number: 1), to: offers) == 1)
                #expect(try await eventually { try await one.releaseHearers() == before }, "nothing keeps it")
                #expect(try await isGone(), "released in a worker")

                do {
                    let here = Hearer(refusesEvery: 0, actorSystem: system)
                    try await here.listen(Self.patient)
                    #expect(try await system.publish(Note(publisher: 1, number: 1), to: offers) == 1)
                    #expect(try await eventually { try await here.account().delivered == 1 })
                }
                #expect(try await isGone(), "released here")

                let cancelled = try await two.makeHearer(Self.patient, refusesEvery: 0)
                try await cancelled.cancel()
                #expect(try await system.publish(.end, to: offers) == 0, "cancelled")
                try await cancelled.listen(Self.patient)
                #expect(try await system.publish(.end, to: offers) == 1)
                #expect(try await isGone(), "cancelled inside")

                try await cancelled.listen(Self.patient)
                let events = cluster.events
                kill(try #require(workers[1].pid), SIGKILL)
                for await event in events { if case .exited = event.kind { break } }
                #expect(system.topics?.subscriptionCount == 0, "killed")
            }
        }

        @Test("while its method takes its time messages wait within the bound, and what is dropped is counted")
        func slow() async throws {
            try await withCluster { cluster in
                let system = cluster.actorSystem
                let (gate, hearer) = (Door(actorSystem: system), Hearer(refusesEvery: 0, actorSystem: system))
                let subscription = try await system.subscribe(to: offers, on: hearer, buffer: 8) { hearer, note in
                    try await hearer.heard(note)
                    try await gate.enter()
                }
                let publish = { (numbers: ClosedRange<Int>) in
                    for number in numbers {
                        _ = try await system.publish(Note(publisher: 1, number: number), to: offers)
                    }
                }
                try await publish(1...1)
                try await gate.wait(for: 1)
                try await publish(2...100)
                #expect(subscription.statistics.delivered + subscription.statistics.dropped == 0, "as yet")
                try await gate.open()
                #expect(try await eventually { subscription.statistics.delivered == 9 })
                #expect(subscription.statistics.dropped == 91)
                let hearing = try await hearer.account().hearing
                #expect(hearing.heard == 9 && hearing.outOfOrder == 0)
            }
        }

        @Test("an actor is subscribed in its own process only")
        func elsewhere() async throws {
            try await withCluster { cluster in
                let worker = try await Self.listeners(cluster, 1)[0].actor
                let here = Hearer(refusesEvery: 0, actorSystem: cluster.actorSystem)
                let refused = await failure { try await worker.listen(for: here) }
                #expect((refused as? RemoteError)?.message.contains("does not live in this process") == true)
                #expect(cluster.actorSystem.topics?.subscriptionCount == 0)
            }
        }
    }
}
