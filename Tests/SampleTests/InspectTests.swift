import ActorClusterTesting
import Foundation
import Testing

/// Inspect as its user sees it.
@Suite(.apart, .serialized, .timeLimit(.minutes(TestLength.minutes)))
struct InspectTests {
    /// What `--json` prints.
    struct Output: Decodable {
        /// One row.
        struct File: Decodable {
            let path: String
            let bytes: Int?
            let lines: Int?
            let words: Int?
            let hash: String?
            let status: String
            let error: String?
        }
        /// The sums.
        struct Totals: Decodable, Equatable {
            var files = 0
            var ok = 0
            var crashed = 0
            var unreadable = 0
            var bytes = 0
            var lines = 0
            var words = 0
        }
        let files: [File]
        let totals: Totals

        init(_ text: String) throws { self = try JSONDecoder().decode(Output.self, from: Data(text.utf8)) }
    }

    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("5 of 200 files crash their inspector: 5 rows say so, and all others are inspected")
    func crashes() async throws {
        let names = (0..<200).map { "\($0 % 7)/\($0)" + ($0 % 40 == 39 ? ".bad" : ".good") }
        for name in names { try directory.write(name, "one line of \(name)\n") }
        let run = try await Program.runSample("Inspect", "--json", "--trap-on", ".bad", directory.path)
        #expect(run.exitCode == 1)

        let output = try Output(run.output)
        #expect(output.files.map(\.path) == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        for file in output.files {
            let isBad = file.path.hasSuffix(".bad")
            #expect(file.status == (isBad ? "crashed" : "ok"))
            #expect(file.lines == (isBad ? nil : 1))
            #expect(file.words == (isBad ? nil : 4))
            let trap = try Regex(#"crashed \(signal [45]\)"#)
            #expect(try isBad == (file.error.map { try trap.wholeMatch(in: $0) != nil } ?? false))
            #expect(run.errors.contains("asked to trap on \(file.path)") == isBad)
        }
        #expect((output.totals.ok, output.totals.crashed, output.totals.unreadable) == (195, 5, 0))
        #expect(output.totals.lines == 195)
    }

    @Test("one worker is enough to get over many crashes in a row")
    func crashesInARow() async throws {
        for number in 0..<20 { try directory.write("\(number).bad", "") }
        try directory.write("last.good", "word")
        let run = try await Program.runSample("Inspect", "--workers", "1", "--trap-on", "bad", directory.path)
        #expect(run.exitCode == 1)
        #expect(run.lines.count(where: { $0.contains("crashed (signal ") }) == 20)
        #expect(run.lines.dropLast().last == "21 files: 1 ok, 20 crashed, 0 unreadable")
        #expect(run.lines.last?.hasPrefix("1 worker, replaced 20 times; ") == true)
    }

    @Test("the totals are those of wc, on real sources and on odd white space")
    func likeWordCount() async throws {
        try directory.write("empty", "")
        try directory.write("no newline", "no\u{0B}new\u{0C}line\rat\tthe end")
        try directory.write("long", String(repeating: "word  of\nlines\n\n", count: 20_000))
        let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources").standardized
        for path in [directory.path, sources.path(percentEncoded: false)] {
            let run = try await Program.runSample("Inspect", "--json", path)
            #expect(run.exitCode == 0)
            #expect(run.errors.isEmpty)
            let totals = try Output(run.output).totals
            let count = "find \"$0\" -type f -print0 | LC_ALL=C.UTF-8 wc --files0-from=- | tail -n 1"
            let wordCount = try await Program.run(URL(filePath: "/bin/sh"), ["-c", count, path])
            #expect(
                wordCount.output.split(separator: " ").prefix(3).map { Int($0) }
                    == [totals.lines, totals.words, totals.bytes])
            #expect(totals.files == totals.ok)
        }
    }

    @Test("the table has a header, a row per file and totals, and nothing goes to standard error")
    func table() async throws {
        try directory.write("a/one.txt", "The one and the other\n")
        try directory.write("b", "\u{00}")
        let run = try await Program.runSample("Inspect", directory.path)
        #expect(run.exitCode == 0)
        #expect(run.errors.isEmpty)
        #expect(
            run.lines.prefix(4) == [
                "BYTES  LINES  WORDS  FNV-1A            KIND    STATUS  FREQUENT WORDS  PATH",
                "   22      1      5  bb8ae15d55d1f5ce  text    ok      the, and, one   a/one.txt",
                "    1      0      1  af63bd4c8601b7df  binary  ok                      b",
                "   23      1      6                                                    total",
            ])
        #expect(run.lines.dropFirst(4).first == "2 files: 2 ok, 0 crashed, 0 unreadable")
    }

    @Test("a file that cannot be opened costs a row with the reason")
    func unreadableFile() async throws {
        let deep = try DeepDirectory(below: directory.path)
        try directory.write("file", "word")
        let run = try await Program.runSample("Inspect", "--json", directory.path)
        #expect(run.exitCode == 1)
        let output = try Output(run.output)
        #expect(output.files.map(\.path) == [deep.file, deep.subdirectory + "/", "file"])
        #expect(output.files.map(\.error) == ["unreadable: File name too long", "unreadable: File name too long", nil])
        #expect(output.totals == .init(files: 3, ok: 1, unreadable: 2, bytes: 4, words: 1))
    }

    @Test("an empty directory is no error")
    func empty() async throws {
        let run = try await Program.runSample("Inspect", "--json", directory.path)
        #expect(run.exitCode == 0)
        #expect(try Output(run.output).totals == .init())
    }

    @Test("--help prints the usage and exits with 0")
    func help() async throws {
        let run = try await Program.runSample("Inspect", "--help")
        #expect(run.exitCode == 0)
        #expect(run.output.hasPrefix("Usage: Inspect "))
        #expect(run.errors.isEmpty)
    }

    @Test(
        "wrong arguments get one line and exit code 2",
        arguments: [
            (["--bogus", "/"], "Inspect: unknown option --bogus (try --help)\n"),
            (["--workers", "0", "/"], "Inspect: --workers takes a number from 1 to 4096, not 0 (try --help)\n"),
            ([], "Inspect: no directory given (try --help)\n"),
            (["/nowhere/at all"], "Inspect: /nowhere/at all: No such file or directory\n"),
            (["/dev/null"], "Inspect: /dev/null: Not a directory\n"),
        ])
    func wrongArguments(arguments: [String], message: String) async throws {
        let run = try await Program.run(Program.sample("Inspect"), arguments)
        #expect(run.exitCode == 2)
        #expect(run.errors == message)
        #expect(run.output.isEmpty)
    }

    @Test("a reader that leaves early ends it without a word")
    func closedOutput() async throws {
        for number in 0..<50 { try directory.write("\(number)", "") }
        let sample = try Program.sample("Inspect").path(percentEncoded: false)
        let run = try await Program.run(
            URL(filePath: "/bin/sh"), ["-c", "\"$0\" \"$1\" | head -n 1", sample, directory.path])
        #expect(run.lines.count == 1)
        #expect(run.errors.isEmpty)
    }
}
