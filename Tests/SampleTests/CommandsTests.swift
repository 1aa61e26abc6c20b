import ActorClusterTesting
import Testing

/// A worker that takes commands, as its user sees it.
@Suite(.apart, .serialized, .timeLimit(.minutes(TestLength.minutes)))
struct CommandsTests {
    @Test("M-12: each command of the command line is carried out by the worker, in turn")
    func commands() async throws {
        let run = try await Program.runSample(
            "Commands", "factors=360", "factors=360", "factors=97", "factors=1", "stats", "configure=1", "clearCache",
            "factors=12", "factors=35", "stats", "reload", "healthCheck")
        #expect(run.exitCode == 0 && run.errors.isEmpty)
        #expect(
            run.lines.dropLast() == [
                "factors=360: 2 × 2 × 2 × 3 × 3 × 5", "factors=360: 2 × 2 × 2 × 3 × 3 × 5", "factors=97: 97",
                "factors=1: no prime divides it", "stats: asked 4, found 1, 3 in the cache", "configure=1: done",
                "clearCache: 3 forgotten",
                "factors=12: 2 × 2 × 3", "factors=35: 5 × 7", "stats: asked 6, found 1, 1 in the cache",
                "reload: the cache has room for 100",
            ])
        #expect(run.lines.last?.wholeMatch(of: /healthCheck: ready, \d+ MiB, cached 1 of 100/) != nil)
    }

    @Test("M-12: what is no command is said in one line, before a worker is started")
    func usage() async throws {
        for word in ["nope", "stats=1", "factors", "factors=x", "configure=-1", ""] {
            let wrong = try await Program.runSample("Commands", "stats", word)
            #expect(wrong.exitCode == 64 && wrong.output.isEmpty && wrong.errors.split(separator: "\n").count == 1)
        }
        let nope = try await Program.runSample("Commands", "nope")
        #expect(nope.errors == "Commands: there is no command nope (try --help)\n")
        let help = try await Program.runSample("Commands")
        #expect(help.exitCode == 0 && help.lines.first == "Usage: Commands COMMAND...")
    }
}
