import ActorClusterTesting
import BenchmarkFloor
import Foundation
import Testing

/// Benchmark as its user sees it. What it measures is no matter here.
@Suite(.apart, .serialized, .timeLimit(.minutes(TestLength.minutes)))
struct BenchmarkTests {
    private func run(_ arguments: String...) async throws -> Program.Result {
        let sample = try Program.sample("Benchmark").path(percentEncoded: false)
        return try await Program.run(
            URL(filePath: "/usr/bin/env"), ["BENCH_SECS=0.02", sample] + arguments)
    }

    @Test("the lines are those that the comparison with other runtimes reads")
    func lines() async throws {
        let run = try await run("--quick", "--lines", "--name", "mine", "--only", "W1,W6")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(run.lines.first == "@mine")
        let results = run.lines.dropFirst().filter { !$0.hasPrefix("# ") }
        let pattern = /(W[\w.]+ \w+) ([0-9.]+)/
        let figures = try results.map { try #require($0.wholeMatch(of: pattern), "\($0)").output }
        #expect(
            figures.map(\.1) == [
                "W1 median_us", "W1 p99_us", "W1 min_us", "W6 spawn_ms", "W6 rss_mb", "W6 pss_mb",
            ])
        #expect(figures.allSatisfy { Double($0.2).map { $0 > 0 } == true })
    }

    @Test("the table stands beside the floor, and says what machine it was; everything on one processor works too")
    func table() async throws {
        let run = try await run("--quick", "--only", "W1", "--place", "one")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(run.lines.first?.contains(" CPU") == true)
        let row = try #require(run.lines.first { $0.hasPrefix("W1 ") })
        #expect(row.contains(/\ µs +\d+ % +[\d.]+ +×[\d.]+$/), "\(row)")
    }

    @Test("allocations are counted on both sides, unless a sanitizer has taken malloc for itself")
    func allocations() async throws {
        let run = try await run("--quick", "--lines", "--only", "W9")
        #expect(run.exitCode == 0, "\(run.errors)")
        let counts = run.lines.filter { $0.contains("_allocations ") }.compactMap {
            $0.split(separator: " ").last.flatMap { Double($0) }
        }
        #expect(counts.count == (allocations_can_be_counted() ? 4 : 0))
        #expect(counts.allSatisfy { $0 > 0 })
    }

    @Test("wrong arguments get one line and exit code 64")
    func wrongArguments() async throws {
        let run = try await run("--fast")
        #expect(run.exitCode == 64)
        #expect(run.errors == "Benchmark: unknown option --fast (try --help)\n")
        #expect(run.output.isEmpty)
    }

    @Test("--help prints the usage and exits with 0")
    func help() async throws {
        let run = try await run("--help")
        #expect(run.exitCode == 0)
        #expect(run.output.hasPrefix("Usage: Benchmark "))
        #expect(run.errors.isEmpty)
    }
}
