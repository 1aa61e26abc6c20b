/// Lines that are drawn over those before them.
struct Screen {
    private var height = 0

    /// What to write to the terminal.
    mutating func draw(_ lines: [String]) -> String {
        let up = height > 0 ? "\u{1B}[\(height)A" : ""
        height = lines.count
        return up + "\r" + lines.map { "\($0)\u{1B}[K\n" }.joined() + "\u{1B}[J"
    }
}
