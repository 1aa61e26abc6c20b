import ProcessIO

/// Counts the calls that a test makes: each gets a number, which the method leaves in `records` when it runs.
package final class CallCounter: Sendable {
    /// Who counts the calls of this task, if anybody does.
    @TaskLocal package static var current: CallCounter?
    /// Whether this task's calls are those of a bystander.
    @TaskLocal package static var isBystander = false

    package let records: RunRecords
    private let tally = Lock(CallTally())

    package init() throws { records = try RunRecords() }

    package var count: Int { tally.withLock { $0.count } }
    package var violations: [String] { tally.withLock { $0 }.violations(runs: records.all) }

    package func begin() -> UInt64 { tally.withLock { $0.begin(isBystander: Self.isBystander) } }
    package func end(_ call: UInt64, _ ending: CallTally.Ending) { tally.withLock { $0.end(call, ending) } }
    /// Some workers are rogues.
    package func allowAnswersWithoutRun() { tally.withLock { $0.allowsAnswersWithoutRun = true } }
}

/// What a test calls: the methods of the same names, counted.
extension Probe {
    /// What it got.
    public nonisolated func echo(_ text: String) async throws -> String {
        try await counted { try await self.echo(text, call: $0) }
    }

    /// What it got, after a pause.
    public nonisolated func echo(_ number: Int, afterMilliseconds pause: Int) async throws -> Int {
        try await counted { try await self.echo(number, afterMilliseconds: pause, call: $0) }
    }

    /// The process's id in the system.
    public nonisolated func pid() async throws -> Int32 { try await counted { try await self.pid(call: $0) } }

    /// Returns after this long, or throws at once when it is cancelled.
    public nonisolated func sleep(milliseconds: Int) async throws {
        try await counted { try await self.sleep(milliseconds: milliseconds, call: $0) }
    }

    /// Returns after this long, cancelled or not.
    public nonisolated func sleepStubbornly(milliseconds: Int) async throws -> Int {
        try await counted { try await self.sleepStubbornly(milliseconds: milliseconds, call: $0) }
    }

    /// A Swift trap.
    public nonisolated func trap() async throws { try await counted { try await self.trap(call: $0) } }

    /// Leaves with this code.
    public nonisolated func exit(code: Int32) async throws {
        try await counted { try await self.exit(code: code, call: $0) }
    }
}

func counted<Result: Sendable>(_ call: (UInt64) async throws -> Result) async throws -> Result {
    guard let counter = CallCounter.current else { return try await call(0) }
    let number = counter.begin()
    do {
        let result = try await call(number)
        counter.end(number, .returned)
        return result
    } catch {
        counter.end(number, CallTally.Ending(error))
        throw error
    }
}
