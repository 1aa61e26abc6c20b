import ActorClusterTesting
import Testing

/// The smallest sample, as its user sees it.
@Suite(.apart, .serialized, .timeLimit(.minutes(TestLength.minutes)))
struct PingTests {
    @Test("Ping prints a line per worker, each a process of its own")
    func linePerWorker() async throws {
        let ping = try await Program.runSample("Ping")
        #expect(ping.exitCode == 0)
        #expect(ping.errors.isEmpty)
        let pattern = /echoes\/(\d)#\d, process (\d+): hello, said to .+/
        let workers = try ping.lines.map { try #require($0.wholeMatch(of: pattern), "\($0)").output }
        #expect(workers.map(\.1) == ["0", "1"])
        #expect(Set(workers.map(\.2)).count == 2)
    }
}
