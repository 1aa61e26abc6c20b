#if canImport(FoundationEssentials)
// Without the localized part of Foundation, which would make every worker start later and weigh more.
import FoundationEssentials
#else
import Foundation
#endif

extension Report {
    /// The report for programs, as one JSON object in UTF-8.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(ReportObject(files: rows, totals: totals)), as: UTF8.self)
    }
}

/// The outermost object.
private struct ReportObject: Encodable {
    let files: [Row]
    let totals: Totals
}

extension Row: Encodable {
    private enum Key: String, CodingKey {
        case path, status, error, bytes, lines, words, hash, kind, frequentWords
    }

    /// Rows that are not `ok` have an `error`; their `bytes`, `lines`, `words` and `hash` are null, for they are not
    /// known.
    func encode(to encoder: any Encoder) throws {
        var row = encoder.container(keyedBy: Key.self)
        try row.encode(path.text, forKey: .path)
        guard case .ok(let facts) = outcome else {
            for key in [Key.bytes, .lines, .words, .hash] { try row.encodeNil(forKey: key) }
            try row.encode(outcome.name, forKey: .status)
            return try row.encode(outcome.text, forKey: .error)
        }
        try row.encode(facts.bytes, forKey: .bytes)
        try row.encode(facts.lines, forKey: .lines)
        try row.encode(facts.words, forKey: .words)
        try row.encode(hexadecimal(facts.hash), forKey: .hash)
        try row.encode(outcome.name, forKey: .status)
        try row.encode(facts.kind, forKey: .kind)
        try row.encode(facts.frequentWords, forKey: .frequentWords)
    }
}

extension Outcome {
    fileprivate var name: String {
        switch self {
        case .ok: "ok"
        case .crashed: "crashed"
        case .unreadable: "unreadable"
        }
    }
}
