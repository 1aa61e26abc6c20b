/// The line that says how far a run is, redrawn in place.
struct Progress {
    /// Faster than this nobody can read.
    static let interval = Duration.milliseconds(50)

    private let files: Int
    private var nextDrawing: ContinuousClock.Instant?

    init(files: Int) { self.files = files }

    /// What to write to the terminal, if it is time to.
    ///
    /// The cursor is left in the first column, so that what a crashing worker has to say overwrites the line.
    mutating func update(done: Int, crashed: Int, now: ContinuousClock.Instant) -> String? {
        if let nextDrawing, now < nextDrawing { return nil }
        nextDrawing = now + Self.interval
        let crashes = crashed > 0 ? ", \(crashed) crashed" : ""
        return "\(Self.clear)\(done) of \(files) files\(crashes)\r"
    }

    /// Empties the line.
    static let clear = "\r\u{1B}[K"
}
