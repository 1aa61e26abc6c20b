import Terminal

/// What is known of a slot.
struct SlotView: Equatable {
    var slot: Int
    var state = "?"
    var incarnation: UInt64 = 0
    var pid: Int32?
    var calls = 0
    var restarts = 0
    /// In bytes; `nil`: not known.
    var memory: Int?
    var last = ""
}

/// The text of what is shown.
enum Board {
    /// A row for each slot, and what happens to calls.
    static func live(_ slots: [SlotView], _ tally: Tally, elapsed: Duration) -> [String] {
        let head = ["SLOT", "STATE", "PROCESS", "PID", "CALLS", "RESTARTS", "MEMORY", "LAST"]
        let rows = slots.map { slot in
            [
                "\(slot.slot)", slot.state, "#\(slot.incarnation)", slot.pid.map { "\($0)" } ?? "–", "\(slot.calls)",
                "\(slot.restarts)", slot.memory.map { "\($0 >> 20) MiB" } ?? "–", slot.last,
            ]
        }
        let table = Table(
            alignments: [.right, .left, .left, .right, .right, .right, .right], rows: [head] + rows)
        let failed = tally.failed.values.reduce(0, +)
        let line = "\(seconds(elapsed)): \(tally.begun) calls, \(tally.answeredInAll) answered, \(failed) failed"
        return Array(table.lines) + [line]
    }

    /// What came of it all.
    static func summary(_ tally: Tally, _ recoveries: Recoveries) -> [String] {
        var lines = ["calls made: \(tally.begun), answered: \(tally.answeredInAll)"]
        for (kind, count) in tally.failed.sorted(by: { $0.key < $1.key }) { lines.append("failed: \(count) (\(kind))") }
        lines.append("lost without an answer: \(tally.withoutOutcome)")
        lines.append("replacements: \(recoveries.replaced) of \(recoveries.count) ready")
        for harm in Harm.allCases where recoveries.count(of: harm) > 0 {
            lines.append(
                "  \(harm.rawValue): \(recoveries.count(of: harm)), ready again after "
                    + times(recoveries.median(of: harm), recoveries.worst(of: harm)))
        }
        if recoveries.replaced > 0 {
            lines.append("time to a ready replacement: \(times(recoveries.median(), recoveries.worst()))")
        }
        return lines
    }

    private static func times(_ median: Duration?, _ worst: Duration?) -> String {
        "\(median.map(milliseconds) ?? "–") (median), \(worst.map(milliseconds) ?? "–") (worst)"
    }

    static func seconds(_ duration: Duration) -> String {
        let tenths = duration / .milliseconds(100)
        return "\(Int(tenths) / 10).\(Int(tenths) % 10) s"
    }

    private static func milliseconds(_ duration: Duration) -> String { "\(Int(duration / .milliseconds(1))) ms" }
}
