import ActorClusterTesting
import Testing

/// The evening, as its user sees it.
@Suite(.apart, .serialized, .timeLimit(.minutes(TestLength.minutes)))
struct ChatTests {
    @Test("Chat's guests speak in turn, each in a process of its own, and the watchman remembers the end")
    func party() async throws {
        let chat = try await Program.runSample("Chat", "--quick")
        #expect(chat.exitCode == 0)
        #expect(chat.errors.isEmpty)
        let guests = try chat.lines.prefix(4).map { try #require($0.wholeMatch(of: /(.+) is process (\d+)\./)).output }
        #expect(guests.map(\.1) == ["Cook", "Gardener", "Fisher", "Watchman"])
        #expect(Set(guests.map(\.2)).count == 4)
        let said = chat.lines.dropFirst(4)
        #expect(said.first == "Fisher: Soup tonight?")
        #expect(said.count == 17 + 1 + 3)
        #expect(said.suffix(5).first == "Watchman: All quiet. Nothing to report.")
        #expect(said.suffix(3).first == "    ... All quiet. Nothing to report.")
    }

    @Test("Chat tells how it is used")
    func usage() async throws {
        let help = try await Program.runSample("Chat", "--help")
        #expect(help.lines.first == "Usage: Chat [--quick]" && help.exitCode == 0)
        let wrong = try await Program.runSample("Chat", "--loud")
        #expect(wrong.exitCode == 2 && wrong.output.isEmpty)
        #expect(wrong.errors == "Chat: --quick is the only option, not --loud (try --help)\n")
    }
}
