import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

private let updates = Topic<Note>("cache-updates")

extension SharingTests {
    @Suite("topics")
    struct Topics {
        @Test("M-06: processes with subscribers get a message once per subscription, and count once")
        func counts() async throws {
            try await withCluster { cluster in
                let workers = try await cluster.start(Groups.listeners, count: 3, options: workerProgram()).actors
                for _ in 0..<2 { try await workers[0].listen(Listening(updates.name)) }
                let third = try await workers[2].makeHearer(Listening(updates.name), refusesEvery: 0)
                #expect(try await workers[1].publish(1, to: updates.name, as: 1) == 2)
                #expect(try await eventually { try await third.account().delivered == 1 })
                try await third.cancel()
                #expect(try await workers[1].publish(1, to: updates.name, as: 2) == 1)
                #expect(try await cluster.actorSystem.publish(.end, to: updates) == 1)
                #expect(try await workers[1].publish(1, to: "nobody's", as: 1) == 0)
                let hearings = try await workers[0].hearings(of: updates.name)
                #expect(hearings.map(\.heard) == [2, 2])
                #expect(try await third.account().hearing.heard == 1)
            }
        }

        @Test("M-07: a dead worker's subscriptions are gone before its exit is told, and its replacement has none")
        func deaths() async throws {
            try await withCluster { cluster in
                var options = workerProgram()
                options.intensity = RestartIntensity(1_000, in: .seconds(1))
                options.backoff = .none
                let pool = try await cluster.start(Groups.listeners, count: 2, options: options)
                try await pool.workers[0].actor.listen(Listening(updates.name))
                let iterator = cluster.events.makeAsyncIterator()
                for _ in 0..<TestLength.rounds(2, long: 100) {
                    let old = pool.workers[1]
                    try await old.actor.listen(Listening("deaths"))
                    #expect(try await cluster.actorSystem.publish(Note.end, to: Topic("deaths")) == 1)
                    kill(try #require(old.pid), SIGKILL)
                    while let event = await iterator.next() {
                        if case .exited = event.kind { break }
                    }
                    #expect(cluster.actorSystem.topics?.subscriptionCount == 1)
                    _ = try await pool.replacement(of: old)
                    #expect(try await cluster.actorSystem.publish(Note.end, to: Topic("deaths")) == 0)
                }
                #expect(try await cluster.actorSystem.publish(.end, to: updates) == 1, "the other one's stays")
            }
        }

        @Test("F10, M-07: one that never reads and one that is stopped cost their bound; a hundred others get all")
        func neverReads() async throws {
            try await withCluster { cluster in
                let options = workerProgram { options in
                    options.health.suspectAfter = .seconds(60)
                    options.health.unresponsiveAfter = .seconds(120)
                }
                let pool = try await cluster.start(Groups.listeners, count: 3, options: options)
                let workers = pool.actors
                for _ in 0..<50 {
                    for index in 0..<2 { try await workers[index].listen(Listening("news").with { $0.buffer = 4_000 }) }
                }
                try await workers[1].listen(Listening("news").with { ($0.reads, $0.buffer) = (false, 16) })
                try await workers[2].listen(Listening("news").with { $0.buffer = 16 })
                let stopped = try #require(pool.workers[2].pid)
                kill(stopped, SIGSTOP)
                let count = TestLength.rounds(100, long: 3_000)
                let processes = try await withCallTimeout(.seconds(60)) {
                    try await workers[0].publish(count, to: "news", as: 1)
                }
                #expect(processes == 3)
                _ = try await cluster.actorSystem.publish(Note.end, to: Topic("news"))
                kill(stopped, SIGCONT)
                for index in 0..<2 {
                    let hearings = try await workers[index].hearings(of: "news")
                    let good = hearings.prefix(50).filter { $0.heard == count && $0.outOfOrder + $0.dropped == 0 }
                    #expect(good.count == 50)
                    #expect(hearings.count == 50 + index)
                    guard index == 1 else { continue }
                    let idle = try #require(hearings.dropFirst(50).first)
                    #expect(idle.heard == 15 && idle.dropped == count - 15)
                }
                let late = try #require(try await workers[2].hearings(of: "news").first)
                #expect(late.heard + late.dropped == count && late.dropped > 0 && late.outOfOrder == 0)
            }
        }

        @Test("other types are refused in words, here and in workers, and so is one subscription too many")
        func types() async throws {
            try await withCluster { cluster in
                let worker = try await cluster.start(Groups.listeners, count: 1, options: workerProgram()).actor
                let system = cluster.actorSystem
                let held = try await system.subscribe(to: updates)
                let text =
                    "the messages of the topic \"cache-updates\" are of type FaultActors.Note, "
                    + "not Swift.Array<Swift.String>"
                #expect(try await worker.misunderstand(updates.name) == text)
                let wrong = Topic<String>(updates.name)
                await #expect(throws: TopicError.self) { try await system.publish("", to: wrong) }
                await #expect(throws: TopicError.self) { try await system.subscribe(to: updates, buffer: 0) }
                let long = Topic<[UInt8]>("long")
                let error = await failure { try await system.publish(Array(repeating: 1, count: 1 << 20), to: long) }
                guard case CallError.tooLarge? = error else { return unexpected(error) }
                var more: [Subscription<Note>] = []
                let refusal = await failure {
                    while true { more.append(try await system.subscribe(to: updates)) }
                }
                #expect(refusal as? TopicError == .tooManySubscriptions(limit: Limits.subscriptions))
                more = []
                #expect(system.topics?.subscriptionCount == 1)
                withExtendedLifetime(held) {}
            }
        }

        @Test("a new subscriber may have the last value, in whichever process")
        func latest() async throws {
            try await withCluster { cluster in
                let workers = try await cluster.start(Groups.listeners, count: 2, options: workerProgram()).actors
                #expect(try await workers[0].publish(5, to: updates.name, as: 3) == 0)
                try await workers[1].listen(Listening(updates.name).with { $0.latest = true })
                let here = try await cluster.actorSystem.subscribe(to: updates, latest: true)
                let iterator = here.makeAsyncIterator()
                #expect(await iterator.next() == Note(publisher: 3, number: 5))
                _ = try await cluster.actorSystem.publish(.end, to: updates)
                #expect(try await workers[1].hearings(of: updates.name).map(\.heard) == [1])
            }
        }

        @Test("a slow publisher waits for room, not longer than a call may take, and nothing is dropped")
        func slowPublisher() async throws {
            try await withCluster { cluster in
                let worker = try await cluster.start(Groups.listeners, count: 1, options: workerProgram()).actor
                let subscription = try await cluster.actorSystem.subscribe(
                    to: updates, buffer: 2, whenFull: .slowPublisher)
                let late = await failure {
                    try await withCallTimeout(.milliseconds(50)) {
                        _ = try await worker.publish(3, to: updates.name, as: 1)
                    }
                }
                guard case CallError.timeout? = late else { return unexpected(late) }
                let here = await failure {
                    try await withCallTimeout(.milliseconds(20)) {
                        _ = try await cluster.actorSystem.publish(.end, to: updates)
                    }
                }
                guard case CallError.timeout? = here else { return unexpected(here) }
                let cancelled = Task { try await cluster.actorSystem.publish(.end, to: updates) }
                cancelled.cancel()
                await #expect(throws: CancellationError.self) { try await cancelled.value }
                let all = Task { try await worker.publish(500, to: updates.name, as: 2) }
                let rest = Task { await Hearing.all(of: subscription) }
                #expect(try await all.value == 1)
                _ = try await cluster.actorSystem.publish(.end, to: updates)
                // Of the first publisher's three notes the last one was taken back.
                #expect(await rest.value.heard == 502)
            }
        }

        @Test("a subscription ends with its reading task, its last holder, its cancellation and the cluster")
        func endings() async throws {
            let survivor = Lock<Subscription<Note>?>(nil)
            try await withCluster { cluster in
                let system = cluster.actorSystem
                let reading = Task { await Hearing.all(of: try await system.subscribe(to: updates)) }
                let isThere = try await eventually {
                    try await system.publish(Note(publisher: 1, number: 1), to: updates) == 1
                }
                #expect(isThere)
                reading.cancel()
                _ = try await reading.value
                #expect(try await system.publish(.end, to: updates) == 0)
                var held: Subscription? = try await system.subscribe(to: updates)
                #expect(try await system.publish(.end, to: updates) == 1)
                withExtendedLifetime(held) {}
                held = nil
                #expect(try await system.publish(.end, to: updates) == 0)
                let cancelled = try await system.subscribe(to: updates)
                await cancelled.cancel()
                #expect(try await system.publish(.end, to: updates) == 0)
                let last = try await system.subscribe(to: updates)
                survivor.withLock { $0 = last }
            }
            let left = survivor.withLock { $0 }
            for await note in try #require(left) { Issue.record("\(note)") }
        }

        @Test("a million messages through four workers: in order per publisher, none doubled, none lost uncounted")
        func million() async throws {
            try await withCluster { cluster in
                let workers = try await cluster.start(Groups.listeners, count: 4, options: workerProgram()).actors
                for (index, worker) in workers.enumerated() {
                    let wish = Listening("flood").with { $0.whenFull = index < 2 ? .dropOldest : .slowPublisher }
                    try await worker.listen(wish)
                }
                let each = TestLength.rounds(500, long: 250_000)
                let time = try await elapsed {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for (index, worker) in workers.enumerated() {
                            group.addTask {
                                try await withCallTimeout(nil) {
                                    let processes = try await worker.publish(each, to: "flood", as: index)
                                    #expect(processes == 4)
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                }
                _ = try await cluster.actorSystem.publish(Note.end, to: Topic("flood"))
                for (index, worker) in workers.enumerated() {
                    let hearing = try #require(try await worker.hearings(of: "flood").first)
                    #expect(hearing.heard + hearing.dropped == 4 * each && hearing.outOfOrder == 0)
                    if index >= 2 { #expect(hearing.dropped == 0) }
                    if TestLength.isLong { print("heard \(hearing.heard), dropped \(hearing.dropped)") }
                }
                if TestLength.isLong { print("\(4 * each) messages to 4 subscribers in \(time)") }
            }
        }
    }
}

extension Listening {
    /// With other settings.
    fileprivate func with(_ change: (inout Listening) -> Void) -> Listening {
        var copy = self
        change(&copy)
        return copy
    }
}

extension WorkerPool where Root == Subscriber {
    fileprivate var actors: [Subscriber] { workers.map(\.actor) }
}
