import ProcessIO
import Testing

/// Tests with processes that run beside each other. What each leaves behind cannot be told from what the others use, so after some
/// of them the rest waits until none runs, and then all of it is looked at.
package actor Company {
    /// Of this task's test, if it is such a one.
    @TaskLocal package static var mark: String?
    /// The variable in which the processes of a test have its mark.
    package static let variable = "ACTORCLUSTER_TEST"

    static let shared = Company()

    /// They mostly wait, so there may be more of them than processors; under a sanitizer they do not.
    package static let places = TestLength.patience > 1 ? availableProcessors : availableProcessors + 1

    /// Tests from one look to the next.
    private static let size = 18

    private var before: Task<Holdings, any Error>?
    private var joined = 0
    private var present = 0
    private var names: [String] = []
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func join() async {
        while joined == Self.size { await withCheckedContinuation { waiting.append($0) } }
        joined += 1
        present += 1
        let first = before ?? Task { try await Holdings.current() }
        before = first
        _ = await first.result
    }

    func leave(_ name: String) async throws {
        names.append(name)
        guard present == 1 else { return present -= 1 }
        // Whoever comes now waits for the next look.
        joined = Self.size
        defer {
            (self.before, joined, present, names) = (nil, 0, 0, [])
            for waiter in waiting { waiter.resume() }
            waiting = []
        }
        guard let before = try await before?.value else { return }
        // Tasks that waited for calls learn of their end a moment after it.
        let look = { @Sendable in try await Holdings.current().leftovers(since: before, clusters: Self.places) }
        if try await eventually({ try await look().isEmpty }) { return }
        let all = names.map { "\"\($0)\"" }.joined(separator: ", ")
        for leftover in try await look().prefix(10) {
            Issue.record("\(leftover), by one of \(all)")
        }
    }
}
