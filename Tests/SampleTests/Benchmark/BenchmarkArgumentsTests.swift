import Terminal
import Testing

@testable import Benchmark

/// The command line of Benchmark, and what it makes of the time that it has.
@Suite(.timeLimit(.minutes(1)))
struct BenchmarkArgumentsTests {
    private func parse(_ words: String...) throws -> Arguments? {
        guard case .run(let arguments) = try Command(parsing: words) else { return nil }
        return arguments
    }

    @Test("without arguments everything is measured, in the order of the table")
    func defaults() throws {
        #expect(try Command(parsing: []) == .run(Arguments()))
        #expect(Arguments().workloads == Workload.allCases)
    }

    @Test("options are understood in any order")
    func options() throws {
        let arguments = try parse("--lines", "--only", "W7,W1", "--place", "one", "--name", "mine", "--quick")
        #expect(
            arguments
                == Arguments(
                    place: .one, isQuick: true, printsLines: true, name: "mine", only: [.restart, .sequential]))
        #expect(arguments?.workloads == [.sequential, .restart])
    }

    @Test("the lines leave out what other programs do not measure")
    func lines() throws {
        #expect(try parse("--lines")?.workloads.map(\.rawValue) == (1...9).map { "W\($0)" })
    }

    @Test("--fairness is a run of its own")
    func fairness() throws {
        #expect(try Command(parsing: ["--fairness"]) == .fairness)
        #expect(throws: UsageError.self) { try Command(parsing: ["--quick", "--fairness"]) }
        #expect(throws: UsageError.self) { try Command(parsing: ["--fairness", "--quick"]) }
    }

    @Test("--help wins over what stands beside it, and names every workload")
    func help() throws {
        #expect(try Command(parsing: ["--quick", "--help"]) == .help)
        #expect(Workload.allCases.allSatisfy { Command.usage.contains("\n  \($0.rawValue) ") })
    }

    @Test(
        "what makes no sense is refused in words",
        arguments: [
            (["--bogus"], "unknown option --bogus"),
            (["W1"], "W1 is no option, and nothing else is expected"),
            (["--place"], "--place needs a value"),
            (["--place", "two"], "--place takes one or free, not two"),
            (["--only", ","], "--only names no workload"),
            (["--only", "W1,W11"], "there is no workload W11"),
            (["--name", "a"], "--name makes sense with --lines only"),
            (["--lines", "--name", "a\nb"], "--name takes one line"),
            (["--lines", "--only", "W1,idle"], "idle is in the table only, not in the lines"),
            (["--lines", "--only", "W10"], "W10 is in the table only, not in the lines"),
        ])
    func refused(words: [String], reason: String) {
        #expect(throws: UsageError(description: reason)) { try Command(parsing: words) }
    }

    @Test("the environment says how long a repetition is, and nothing else")
    func repetition() throws {
        #expect(try Plan(Arguments(), secondsText: nil) == Plan())
        #expect(try Plan(Arguments(), secondsText: "0.5") == Plan(seconds: 0.5))
        for text in ["", "0", "-1", "61", "nan", "a second"] {
            #expect(throws: UsageError.self) { try Plan(Arguments(), secondsText: text) }
        }
    }

    @Test("the table has at least five rounds, the lines three repetitions in one")
    func rounds() throws {
        #expect(try Plan(Arguments(isQuick: true), secondsText: nil).rounds >= 5)
        let lines = try Plan(Arguments(printsLines: true), secondsText: nil)
        #expect((lines.rounds, lines.repetitions) == (1, 3))
    }
}
