import ActorCluster

/// How the inspection of one file ended.
enum Outcome: Equatable, Sendable {
    case ok(FileFacts)
    /// The worker died of it.
    case crashed(ExitStatus)
    case unreadable(reason: String)
}

/// One file, or one directory that could not be read.
struct Row: Equatable, Sendable {
    let path: RawPath
    let outcome: Outcome
}

/// Sums over rows. Bytes, lines and words are those of the rows that are `ok`.
struct Totals: Codable, Equatable {
    var files = 0
    var ok = 0
    var crashed = 0
    var unreadable = 0
    var bytes = 0
    var lines = 0
    var words = 0

    init(of rows: [Row]) {
        files = rows.count
        for row in rows {
            switch row.outcome {
            case .ok(let facts):
                ok += 1
                bytes += facts.bytes
                lines += facts.lines
                words += facts.words
            case .crashed: crashed += 1
            case .unreadable: unreadable += 1
            }
        }
    }
}

/// All that a run has to tell.
struct Report {
    /// In order of their paths.
    let rows: [Row]
    let totals: Totals
    let workers: Int
    /// How many workers died and got a successor.
    let replaced: Int
    let elapsed: Duration

    init(rows: [Row], workers: Int, replaced: Int, elapsed: Duration) {
        self.rows = rows.sorted { $0.path < $1.path }
        totals = Totals(of: rows)
        self.workers = workers
        self.replaced = replaced
        self.elapsed = elapsed
    }

    var exitCode: Int32 { totals.ok == totals.files ? 0 : 1 }
}
