/// The lines of one worker that the program has not taken yet. The oldest give way to new ones above a bound, and are
/// counted.
package struct LineBuffer: Equatable, Sendable {
    package struct Line: Equatable, Sendable {
        package let text: String
        package let isError: Bool
        /// So many lines before this one were dropped.
        package internal(set) var dropped = 0
    }

    private let mostBytes: Int
    private let mostLines: Int
    /// What has been taken or dropped is `nil`, so that its text is freed.
    private var lines: [Line?] = []
    private var start = 0
    private var bytes = 0
    private var dropped = 0

    package init(mostBytes: Int = Limits.outputBytes, mostLines: Int = Limits.outputLines) {
        self.mostBytes = mostBytes
        self.mostLines = mostLines
    }

    package var isEmpty: Bool { start == lines.count }

    package mutating func append(_ text: String, isError: Bool) {
        lines.append(Line(text: text, isError: isError))
        bytes += text.utf8.count
        while bytes > mostBytes || lines.count - start > mostLines {
            dropped += 1
            _ = takeFirst()
        }
    }

    /// The oldest line, which tells how many before it were dropped.
    package mutating func next() -> Line? {
        guard var line = takeFirst() else { return nil }
        swap(&line.dropped, &dropped)
        return line
    }

    private mutating func takeFirst() -> Line? {
        guard start < lines.count, let line = lines[start] else { return nil }
        lines[start] = nil
        start += 1
        bytes -= line.text.utf8.count
        if start == lines.count {
            lines.removeAll(keepingCapacity: lines.capacity <= mostLines)
            start = 0
        } else if start > mostLines {
            lines.removeSubrange(0..<start)
            start = 0
        }
        return line
    }
}
