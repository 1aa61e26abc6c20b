import Terminal

/// What the command line asks for.
enum Command: Equatable {
    case help
    case inspect(Arguments)
}

/// What to inspect, and how.
struct Arguments: Equatable {
    var directory: String
    /// `nil`: as many as there are processors.
    var workers: Int?
    var trapOn: String?
    var isJSON = false
}

extension Command {
    static let workerLimit = 4_096

    static let usage = """
        Usage: Inspect [--workers N] [--trap-on TEXT] [--json] DIR

        Inspects every regular file below DIR, each in a worker process, and prints a table:
        bytes, lines and words as wc counts them, the 64-bit FNV-1a hash, whether it is text
        (its first 8 KiB are UTF-8 without a zero byte), and its most frequent words. Symbolic
        links are not followed. A file that cannot be read, or whose inspection crashes, costs
        one row.

          --workers N     how many processes, from 1 to \(workerLimit); default: one per processor
          --trap-on TEXT  crash on files whose path below DIR contains TEXT, to see what happens
          --json          print one JSON object instead of the table
          --help          print this

        Exit code: 0 if every file was inspected, 1 if not, 2 if DIR is no directory or the
        arguments make no sense.
        """

    /// `words` are those after the program's name. What follows `--` is no option.
    init(parsing words: some Sequence<String>) throws(UsageError) {
        var arguments = Arguments(directory: "")
        var directories: [String] = []
        var rest = Array(words)[...]
        while let word = rest.popFirst() {
            switch word {
            case "--help", "-h":
                self = .help
                return
            case "--json": arguments.isJSON = true
            case "--workers":
                arguments.workers = try OptionValue.number(rest.popFirst(), of: word, in: 1...Self.workerLimit)
            case "--trap-on": arguments.trapOn = try OptionValue.text(rest.popFirst(), of: word)
            case "--":
                directories += rest
                rest = []
            case _ where word.hasPrefix("-"): throw UsageError(description: "unknown option \(word)")
            default: directories.append(word)
            }
        }
        guard let directory = directories.first else { throw UsageError(description: "no directory given") }
        guard directories.count == 1 else {
            throw UsageError(description: "one directory at a time, not \(directories.count)")
        }
        arguments.directory = directory
        self = .inspect(arguments)
    }
}
