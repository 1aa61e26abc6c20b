/// The last words of a process: the last lines of its standard error, each cut at a bound.
///
/// When a Swift program crashes, the runtime says why in one line, and a stack trace of dozens follows, or its
/// backtracer's report, which ends in registers and images. Of these the beginning is kept instead of the end, with
/// what came before: that is what tells the story.
package struct LastLines: Equatable, Sendable {
    private enum Report: Equatable {
        /// By the backtracer, a program of its own.
        case backtrace
        /// By the runtime itself, where the backtracer is switched off.
        case stackTrace
    }

    /// So many lines from before a report are kept with it.
    private static let beforeReport = 5

    private let most: Int
    /// Non-empty lines in order.
    package private(set) var lines: [String] = []
    private var report: Report?

    package init(most: Int = Limits.lastLines) { self.most = most }

    package mutating func append(_ line: String) {
        guard let first = line.first(where: { !$0.isWhitespace }) else { return }
        if line.hasPrefix("*** Signal "), line.contains("Backtracing from") {
            begin(.backtrace)
        } else if line == "Current stack trace:" {
            begin(.stackTrace)
        } else if report == .backtrace, line.hasPrefix("Backtrace took ") {
            // If more follows, the process lives, and the report was a child's.
            report = nil
            return
        } else if report == .stackTrace, !first.isNumber {
            report = nil
        }
        if report != nil, lines.count >= most { return }
        lines = lines.suffix(most - 1) + [line.truncated(toBytes: Limits.lastLine)]
    }

    private mutating func begin(_ report: Report) {
        if self.report == nil { lines = lines.suffix(Self.beforeReport) }
        self.report = report
    }
}
