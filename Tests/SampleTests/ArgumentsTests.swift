import Terminal
import Testing

@testable import Inspect

/// The command line of Inspect.
@Suite(.timeLimit(.minutes(1)))
struct ArgumentsTests {
    @Test("a directory is enough")
    func directory() throws {
        #expect(try Command(parsing: ["Sources"]) == .inspect(Arguments(directory: "Sources")))
    }

    @Test("options may stand before and after the directory")
    func options() throws {
        let expected = Arguments(directory: "Sources", workers: 3, trapOn: ".json", isJSON: true)
        #expect(
            try Command(parsing: ["--workers", "3", "Sources", "--json", "--trap-on", ".json"]) == .inspect(expected))
    }

    @Test("--help needs no directory")
    func help() throws { #expect(try Command(parsing: ["--json", "--help"]) == .help) }

    @Test("after -- a directory may look like an option")
    func endOfOptions() throws {
        #expect(try Command(parsing: ["--", "--json"]) == .inspect(Arguments(directory: "--json")))
    }

    @Test(
        "what makes no sense is refused in words",
        arguments: [
            ([], "no directory given"),
            (["a", "b"], "one directory at a time, not 2"),
            (["--bogus", "a"], "unknown option --bogus"),
            (["a", "--workers"], "--workers needs a value"),
            (["a", "--workers", "0"], "--workers takes a number from 1 to 4096, not 0"),
            (["a", "--workers", "4097"], "--workers takes a number from 1 to 4096, not 4097"),
            (["a", "--workers", "many"], "--workers takes a number from 1 to 4096, not many"),
            (["a", "--trap-on", ""], "--trap-on needs a value"),
        ])
    func refused(words: [String], reason: String) {
        #expect(throws: UsageError(description: reason)) { try Command(parsing: words) }
    }
}
