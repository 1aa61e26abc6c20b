import ActorClusterTesting
import Testing

/// Restart as its user sees it.
@Suite(.apart, .serialized, .timeLimit(.minutes(TestLength.minutes)))
struct RestartTests {
    @Test("every call has an outcome and every replacement gets ready, whatever is done to workers; nothing is left")
    func show() async throws {
        let seconds = TestLength.isLong ? "30" : "2"
        let run = try await Program.runSample("Restart", "--seconds", seconds, "--kill-every", "200")
        #expect(run.exitCode == 0, "\(run.output) \(run.errors)")
        #expect(run.lines.contains("lost without an answer: 0"))
        #expect(!run.output.contains("\u{1B}"), "plain lines, since this is no terminal")
        for harm in ["killed", "hung", "bloated", "told to exit"] {
            #expect(run.lines.contains { $0.hasPrefix("  \(harm): ") }, "\(harm) in \(run.output)")
        }
        let replacements = try #require(
            run.lines.compactMap { $0.wholeMatch(of: /replacements: (\d+) of (\d+) ready/) }.first)
        #expect(replacements.output.1 == replacements.output.2)
        #expect(try #require(Int(replacements.output.1)) >= 4)
        #expect(run.lines.last?.wholeMatch(of: /left of \d+ processes: 0; descriptors left: 0/) != nil)
        let died = run.lines.contains { $0.hasPrefix("failed: ") && $0.contains("worker died") }
        #expect(died, "calls of killed workers fail")
    }

    @Test(
        "wrong arguments get one line and exit code 2",
        arguments: [
            (["--fast"], "unknown option --fast"),
            (["--seconds"], "--seconds needs a value"),
            (["--seconds", "0"], "--seconds takes a number from 1 to 86400, not 0"),
            (["--kill-every", "x"], "--kill-every takes a number from 20 to 60000, not x"),
            (["now"], "now is no option, and nothing else is expected"),
        ])
    func wrongArguments(words: [String], message: String) async throws {
        let run = try await Program.run(Program.sample("Restart"), words)
        #expect(run.exitCode == 2)
        #expect(run.errors == "Restart: \(message) (try --help)\n")
        #expect(run.output.isEmpty)
    }

    @Test("--help prints the usage and exits with 0")
    func help() async throws {
        let run = try await Program.runSample("Restart", "--help")
        #expect(run.exitCode == 0)
        #expect(run.output.hasPrefix("Usage: Restart "))
        #expect(run.errors.isEmpty)
    }
}
