/// How the requests of each path ended, and how long they took.
struct Outcomes {
    /// How one request ended.
    enum End: Hashable {
        case status(UInt)
        case noAnswer(String)
    }

    private struct Path {
        var times: [Duration] = []
        var counts: [End: Int] = [:]
    }

    private var paths: [String: Path] = [:]

    /// `time` from the sending of the request to the last byte of its answer.
    mutating func add(_ path: String, _ end: End, after time: Duration) {
        paths[path, default: Path()].times.append(time)
        paths[path, default: Path()].counts[end, default: 0] += 1
    }

    /// Whether every request got an answer, whatever its status.
    var allAnswered: Bool {
        paths.values.allSatisfy { path in
            path.counts.keys.allSatisfy { if case .status = $0 { true } else { false } }
        }
    }

    /// Lines for people.
    var report: String {
        paths.sorted { $0.key < $1.key }.map { name, path in
            let times = path.times.sorted()
            return """
                \(name): \(times.count) requests, p50 \(Self.quantile(0.5, of: times)), \
                p99 \(Self.quantile(0.99, of: times)), max \(Self.quantile(1, of: times))
                \(Self.lines(of: path.counts))
                """
        }
        .joined(separator: "\n")
    }

    private static func lines(of counts: [End: Int]) -> String {
        counts.map { end, count in
            switch end {
            case .status(let code): "  \(code): \(count)"
            case .noAnswer(let why): "  no answer: \(count) (\(why))"
            }
        }
        .sorted().joined(separator: "\n")
    }

    /// The smallest of `times` that so large a share of them does not exceed.
    static func quantile(_ share: Double, of times: [Duration]) -> String {
        guard !times.isEmpty else { return "-" }
        let rank = (share * Double(times.count)).rounded(.up)
        let milliseconds = times[max(0, Int(rank) - 1)] / .milliseconds(1)
        return "\(Int(milliseconds.rounded())) ms"
    }
}
