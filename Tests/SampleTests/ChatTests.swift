import ActorClusterTesting
import Testing

/// The tea party, as its user sees it.
@Suite(.exclusive, .serialized, .timeLimit(.minutes(5)))
struct ChatTests {
    @Test("Chat's guests speak in turn, each in a process of its own, and the Dormouse remembers the end")
    func party() async throws {
        let chat = try await Program.runSample("Chat", "--quick")
        #expect(chat.exitCode == 0)
        #expect(chat.errors.isEmpty)
        let guests = try chat.lines.prefix(4).map { try #require($0.wholeMatch(of: /(.+) is process (\d+)\./)).output }
        #expect(guests.map(\.1) == ["Alice", "Hatter", "March Hare", "Dormouse"])
        #expect(Set(guests.map(\.2)).count == 4)
        let said = chat.lines.dropFirst(4)
        #expect(said.first == "March Hare: Have some wine.")
        #expect(said.count == 17 + 1 + 3)
        #expect(said.suffix(5).first == "Dormouse: Twinkle, twinkle ...")
        #expect(said.suffix(3).first == "    ... Twinkle, twinkle ...")
    }

    @Test("Chat tells how it is used")
    func usage() async throws {
        let help = try await Program.runSample("Chat", "--help")
        #expect(help.lines.first == "Usage: Chat [--quick]" && help.exitCode == 0)
        let wrong = try await Program.runSample("Chat", "--tea")
        #expect(wrong.exitCode == 2 && wrong.lines == help.lines)
    }
}
