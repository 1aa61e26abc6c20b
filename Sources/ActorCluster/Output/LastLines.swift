/// The last words of a process: the last lines of its standard error, each cut at a bound.
///
/// When a Swift program crashes, the runtime says why in one line, and its backtracer adds fifty more, registers and images
/// at the end. Of such a report the beginning is kept instead, with what came before it: that is what tells the story.
package struct LastLines: Equatable, Sendable {
    /// So many lines from before a report are kept with it.
    private static let beforeReport = 5

    private let most: Int
    /// Non-empty lines in order.
    package private(set) var lines: [String] = []
    private var isInReport = false

    package init(most: Int = Limits.lastLines) { self.most = most }

    package mutating func append(_ line: String) {
        guard line.contains(where: { !$0.isWhitespace }) else { return }
        if line.hasPrefix("*** Signal "), line.contains("Backtracing from") {
            lines = lines.suffix(Self.beforeReport)
            isInReport = true
        } else if isInReport, line.hasPrefix("Backtrace took ") {
            // The process lived on: it was a child's report.
            isInReport = false
            return
        }
        if isInReport, lines.count >= most { return }
        lines = lines.suffix(most - 1) + [line.truncated(toBytes: Limits.lastLine)]
    }
}
