import Terminal

/// What the command line asks for.
enum Command: Equatable {
    case help
    /// How pools spread calls over workers of different speed.
    case fairness
    case run(Arguments)
}

/// What to measure, and how to say it.
struct Arguments: Equatable {
    /// Where primary and workers run.
    enum Place: String, CaseIterable {
        /// All on one processor: what a call costs, steady enough to compare.
        case one
        /// Wherever the kernel puts them: what a user sees.
        case free
    }

    var place = Place.free
    var isQuick = false
    /// Lines for another program instead of the table.
    var printsLines = false
    /// What the lines are called, if not as the program that reads them likes.
    var name: String?
    /// `nil`: all of them.
    var only: [Workload]?

    /// In their usual order.
    var workloads: [Workload] {
        Workload.allCases.filter { only?.contains($0) ?? (!printsLines || $0.hasLines) }
    }
}

extension Command {
    static var usage: String {
        """
        Usage: Benchmark [--quick] [--place one|free] [--only NAME,...] [--lines [--name NAME]]
               Benchmark --fairness

        Measures calls to worker processes and, in every round, the same work in C: blocking
        system calls on a socket pair, without any runtime. Prints a table.

        \(workloadNames.joined(separator: "\n"))

          --quick         shorter rounds, within 40 s
          --place WHERE   one: everything on one processor, which shows what a call costs;
                          free: wherever the kernel puts it (default)
          --only NAMES    these workloads alone, such as W1,W2
          --lines         print `WORKLOAD METRIC NUMBER` lines of W1 to W9, without the C floor
          --name NAME     with --lines: print `@NAME` first
          --fairness      print instead how many calls each of four workers gets under each
                          policy while one of them takes ten times as long
          --help          print this

        BENCH_SECS in the environment is the length of one repetition in seconds.
        Exit code: 0; 1 if something failed; 64 if the arguments make no sense.
        """
    }

    private static var workloadNames: [String] {
        let width = Workload.allCases.map(\.rawValue.count).max() ?? 0
        return Workload.allCases.map { workload in
            let name = workload.rawValue
            return "  \(name)\(String(repeating: " ", count: width - name.count))  \(workload.summary)"
        }
    }

    /// `words` are those after the program's name.
    init(parsing words: some Sequence<String>) throws(UsageError) {
        var arguments = Arguments()
        var rest = Array(words)[...]
        while let word = rest.popFirst() {
            switch word {
            case "--help", "-h":
                self = .help
                return
            case "--fairness":
                guard rest.isEmpty, arguments == Arguments() else {
                    throw UsageError(description: "--fairness takes no other option")
                }
                self = .fairness
                return
            case "--quick": arguments.isQuick = true
            case "--lines": arguments.printsLines = true
            case "--place": arguments.place = try Self.place(rest.popFirst())
            case "--name": arguments.name = try Self.name(rest.popFirst())
            case "--only": arguments.only = try Self.workloads(rest.popFirst())
            case _ where word.hasPrefix("-"): throw UsageError(description: "unknown option \(word)")
            default: throw UsageError(description: "\(word) is no option, and nothing else is expected")
            }
        }
        if arguments.name != nil, !arguments.printsLines {
            throw UsageError(description: "--name makes sense with --lines only")
        }
        if arguments.printsLines, let silent = arguments.only?.first(where: { !$0.hasLines }) {
            throw UsageError(description: "\(silent.rawValue) is in the table only, not in the lines")
        }
        self = .run(arguments)
    }

    private static func place(_ value: String?) throws(UsageError) -> Arguments.Place {
        let text = try OptionValue.text(value, of: "--place")
        guard let place = Arguments.Place(rawValue: text) else {
            throw UsageError(description: "--place takes one or free, not \(text)")
        }
        return place
    }

    private static func name(_ value: String?) throws(UsageError) -> String {
        let text = try OptionValue.text(value, of: "--name")
        guard !text.contains(where: \.isNewline) else { throw UsageError(description: "--name takes one line") }
        return text
    }

    private static func workloads(_ value: String?) throws(UsageError) -> [Workload] {
        let names = try OptionValue.text(value, of: "--only").split(separator: ",")
        guard !names.isEmpty else { throw UsageError(description: "--only names no workload") }
        return try names.map { name throws(UsageError) in
            guard let workload = Workload(rawValue: String(name)) else {
                throw UsageError(description: "there is no workload \(name)")
            }
            return workload
        }
    }
}
