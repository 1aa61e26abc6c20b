import Terminal

/// What the command line asks for.
enum Command: Equatable {
    case help
    case run(Arguments)
}

/// How long to go on, and how often to do harm.
struct Arguments: Equatable {
    var seconds = 30
    var killEveryMilliseconds = 1_000
}

extension Command {
    static let usage = """
        Usage: Restart [--seconds N] [--kill-every MS]

        Eight worker processes serve calls while one of them after another is killed (SIGKILL),
        hung (SIGSTOP), bloated (above its memory limit) or told to exit. A table shows how
        each slot is filled again; if standard output is no terminal, a line tells each event.
        At the end: how the calls ended, how long slots were without a ready worker, and
        whether a process or a descriptor is left.

          --seconds N      how long harm is done, from 1 to 86400; default 30
          --kill-every MS  milliseconds from one harm to the next, from 20 to 60000; default 1000
          --help           print this

        Exit code: 0 if every call had an outcome, every replacement got ready and nothing is
        left; 1 if not; 2 if the arguments make no sense.
        """

    /// `words` are those after the program's name.
    init(parsing words: some Sequence<String>) throws(UsageError) {
        var arguments = Arguments()
        var rest = Array(words)[...]
        while let word = rest.popFirst() {
            switch word {
            case "--help", "-h":
                self = .help
                return
            case "--seconds": arguments.seconds = try OptionValue.number(rest.popFirst(), of: word, in: 1...86_400)
            case "--kill-every":
                arguments.killEveryMilliseconds = try OptionValue.number(rest.popFirst(), of: word, in: 20...60_000)
            case _ where word.hasPrefix("-"): throw UsageError(description: "unknown option \(word)")
            default: throw UsageError(description: "\(word) is no option, and nothing else is expected")
            }
        }
        self = .run(arguments)
    }
}
