import ActorCluster
import Distributed

private let news = Topic<Int>("news")
/// What hearers stop at.
private let end = -1

extension Workload {
    /// Each of four workers publishes for a while, and hears what all have published; nothing is dropped.
    func measureTopics(_ plan: Plan) async throws -> [String: Double] {
        try await Cluster.run(Subject.group) { cluster in
            let workers = try await cluster.start(Subject.group, count: 4).workers.map(\.actor)
            let seconds = plan.seconds * Double(plan.repetitions)
            var rate = 0.0
            for duration in [plan.warmUp, seconds] {
                for worker in workers { try await worker.listen() }
                let begin = now()
                let published = try await sum(over: workers) { try await $0.publish(for: duration) }
                try await cluster.actorSystem.publish(end, to: news)
                let heard = try await sum(over: workers) { try await $0.heard() }
                rate = Double(published) * 1e9 / Double(now() - begin)
                guard heard == published * workers.count else {
                    throw FlowFailure(description: "of \(published) messages to 4 workers \(heard) were heard in all")
                }
            }
            return ["topics messages_s": rate]
        }
    }

    func measureStreams(_ plan: Plan) async throws -> [String: Double] {
        try await withWorkers(1) { pool in
            let subject = pool.workers[0].actor
            var rate = 0.0
            for seconds in [plan.warmUp, plan.seconds * Double(plan.repetitions)] {
                let begin = now()
                let stop = begin + seconds.nanoseconds
                var count = 0
                for try await number in try await subject.numbers() {
                    count += 1
                    // The clock is not asked for each of them.
                    if number % 64 == 0, now() >= stop { break }
                }
                rate = Double(count) * 1e9 / Double(now() - begin)
            }
            return ["streams elements_s": rate]
        }
    }
}

private struct FlowFailure: Error, CustomStringConvertible {
    let description: String
}

private func sum(
    over workers: [Subject], of count: @escaping @Sendable (Subject) async throws -> Int
) async throws -> Int {
    // A publisher is slowed, however long that takes.
    try await withCallTimeout(nil) {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in workers { group.addTask { try await count(worker) } }
            return try await group.reduce(0, +)
        }
    }
}

/// All numbers from 0.
private struct Numbers: AsyncSequence, AsyncIteratorProtocol, Sendable {
    private var last = -1

    func makeAsyncIterator() -> Numbers { self }

    mutating func next() async -> Int? {
        last += 1
        return last
    }
}

extension Subject {
    /// From now on counts what is published.
    distributed func listen() async throws {
        let subscription = try await actorSystem.subscribe(to: news, whenFull: .slowPublisher)
        hearing = Task.detached {
            var count = 0
            for await message in subscription {
                if message == end { break }
                count += 1
            }
            return count
        }
    }

    /// How many have come until the end.
    distributed func heard() async -> Int { await hearing?.value ?? 0 }

    /// How many it has published.
    distributed func publish(for seconds: Double) async throws -> Int {
        let stop = now() + seconds.nanoseconds
        var count = 0
        repeat {
            try await actorSystem.publish(count, to: news)
            count += 1
        } while now() < stop
        return count
    }

    distributed func numbers() -> RemoteStream<Int> { RemoteStream(Numbers()) }
}
