import Terminal

extension Report {
    /// The report for people. Paths come last, so the longest one does not push anything aside.
    var table: Table {
        let header = ["BYTES", "LINES", "WORDS", "FNV-1A", "KIND", "STATUS", "FREQUENT WORDS", "PATH"]
        let sums = [totals.bytes, totals.lines, totals.words].map(String.init) + ["", "", "", "", "total"]
        return Table(
            alignments: [.right, .right, .right, .left, .left, .left, .left],
            rows: [header] + rows.map(\.cells) + [sums])
    }

    /// The last lines.
    var summary: [String] {
        let times = replaced == 1 ? "once" : "\(replaced) times"
        return [
            "\(totals.files) files: \(totals.ok) ok, \(totals.crashed) crashed, \(totals.unreadable) unreadable",
            "\(workers == 1 ? "1 worker" : "\(workers) workers"), replaced \(times); \(elapsed.text)",
        ]
    }
}

extension Row {
    fileprivate var cells: [String] {
        guard case .ok(let facts) = outcome else {
            return ["-", "-", "-", "-", "-", outcome.text, "-", path.line]
        }
        let words = facts.frequentWords.map(\.word).joined(separator: ", ")
        return [facts.bytes, facts.lines, facts.words].map(String.init)
            + [hexadecimal(facts.hash), facts.kind.rawValue, outcome.text, words, path.line]
    }
}

extension Outcome {
    /// Such as `crashed (signal 4)`.
    var text: String {
        switch self {
        case .ok: "ok"
        case .crashed(let status): "crashed (\(status))"
        case .unreadable(let reason): "unreadable: \(reason)"
        }
    }
}

extension Duration {
    /// In seconds, with two digits after the point.
    fileprivate var text: String {
        let hundredths = Int(self / .milliseconds(10))
        return "\(hundredths / 100).\(hundredths / 10 % 10)\(hundredths % 10) s"
    }
}
