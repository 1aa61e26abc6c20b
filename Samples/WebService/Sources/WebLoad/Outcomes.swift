/// How the requests of each path ended, and how long they took.
struct Outcomes {
    /// How one request ended.
    enum End: Hashable {
        case status(UInt)
        case noAnswer(String)

        var isAnswer: Bool { if case .status = self { true } else { false } }
    }

    /// By path: how long the requests took that ended so.
    private var times: [String: [End: [Duration]]] = [:]

    /// `time` from the sending of the request to the last byte of its answer.
    mutating func add(_ path: String, _ end: End, after time: Duration) {
        times[path, default: [:]][end, default: []].append(time)
    }

    /// Of what was added there.
    mutating func add(_ other: Outcomes) {
        times.merge(other.times) { $0.merging($1) { $0 + $1 } }
    }

    /// How many requests ended so.
    func count(where isMeant: (End) -> Bool = { _ in true }) -> Int {
        times.values.joined().reduce(0) { isMeant($1.key) ? $0 + $1.value.count : $0 }
    }

    /// Whether every request got an answer, whatever its status.
    var allAnswered: Bool {
        times.values.allSatisfy { ends in
            ends.keys.allSatisfy(\.isAnswer)
        }
    }

    /// Lines for people: each path, and below it each way in which its requests ended.
    var report: String {
        times.sorted { $0.key < $1.key }.flatMap { path, ends in
            ["\(path): \(Self.summary(of: ends.values.flatMap(\.self)))"]
                + ends.map { end, times in
                    switch end {
                    case .status(let code): "  \(code): \(Self.summary(of: times))"
                    case .noAnswer(let why): "  no answer (\(why)): \(Self.summary(of: times))"
                    }
                }
                .sorted()
        }
        .joined(separator: "\n")
    }

    private static func summary(of times: [Duration]) -> String {
        let times = times.sorted()
        return "\(times.count), p50 \(quantile(0.5, of: times)), p99 \(quantile(0.99, of: times)), "
            + "max \(quantile(1, of: times))"
    }

    /// The smallest of `times` that so large a share of them does not exceed. They are sorted, and there is one.
    private static func quantile(_ share: Double, of times: [Duration]) -> String {
        let rank = Int((share * Double(times.count)).rounded(.up))
        let milliseconds = times[max(0, rank - 1)] / .milliseconds(1)
        return "\(Int(milliseconds.rounded())) ms"
    }
}
