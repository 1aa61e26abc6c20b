import ActorClusterTesting
import FaultActors
import ProcessIO
import Synchronization
import Testing

/// Calls made one after another by several tasks until they are told to stop. None of them may fail.
final class Load: Sendable {
    private let isOver = Atomic(false)
    private let begun = Atomic(0)
    private let tasks = Lock<[Task<Int, any Error>]>([])

    /// Returns when each of them has had an answer.
    init(on actor: Probe, callers: Int = 8) async throws {
        let tasks = (0..<callers).map { _ in
            Task {
                var count = 0
                while !self.isOver.load(ordering: .relaxed) {
                    let answer = try await actor.echo(count, afterMilliseconds: 1)
                    try #require(answer == count, "a wrong answer")
                    count += 1
                    if count == 1 { self.begun.add(1, ordering: .relaxed) }
                }
                return count
            }
        }
        self.tasks.withLock { $0 = tasks }
        #expect(try await eventually { self.begun.load(ordering: .relaxed) == callers }, "no answers")
    }

    /// How many calls there were. Throws the error of one that failed.
    func stop() async throws -> Int {
        isOver.store(true, ordering: .relaxed)
        var count = 0
        for task in tasks.withLock({ $0 }) { count += try await task.value }
        return count
    }
}
