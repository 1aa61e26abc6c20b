/// What a file seems to hold.
enum ContentKind: String, Codable, Sendable {
    case text
    case binary
}

/// The first 8 KiB of a file, which decide: a file is binary if they hold a zero byte or are not valid UTF-8.
struct ContentSample: Equatable {
    static let limit = 8 << 10
    private var bytes: [UInt8] = []

    mutating func add(_ chunk: some Collection<UInt8>) { bytes += chunk.prefix(Self.limit - bytes.count) }

    var kind: ContentKind { bytes.contains(0) || !isUTF8 ? .binary : .text }

    /// The end of a full sample may cut a character, which has up to four bytes.
    private var isUTF8: Bool {
        let mayLack = bytes.count == Self.limit ? 3 : 0
        return (0...mayLack).contains { String(validating: bytes.dropLast($0), as: UTF8.self) != nil }
    }
}
