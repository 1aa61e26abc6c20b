/// Cuts a stream of bytes into lines of text.
package struct LineSplitter: Equatable, Sendable {
    private static let lineFeed = UInt8(ascii: "\n")

    private let limit: Int
    /// The beginning of a line whose end has not come.
    private var rest: [UInt8] = []

    /// A line of more than `limit` bytes comes out in pieces of at most that many.
    package init(limit: Int = Limits.outputLine) { self.limit = limit }

    package mutating func receive(_ bytes: UnsafeRawBufferPointer, _ line: (String) -> Void) {
        var bytes = bytes[...]
        while let end = bytes.firstIndex(of: Self.lineFeed) {
            add(bytes[..<end], line)
            give(rest.count, to: line)
            bytes = bytes[(end + 1)...]
        }
        add(bytes, line)
    }

    /// The stream has ended: its last line need not have a line feed.
    package mutating func finish(_ line: (String) -> Void) {
        if !rest.isEmpty { give(rest.count, to: line) }
    }

    private mutating func add(_ bytes: Slice<UnsafeRawBufferPointer>, _ line: (String) -> Void) {
        rest.append(contentsOf: bytes)
        while rest.count > limit { give(endOfPiece, to: line) }
    }

    private mutating func give(_ count: Int, to line: (String) -> Void) {
        line(String(decoding: rest.prefix(count), as: UTF8.self))
        rest.removeFirst(count)
    }

    /// Not inside a character's bytes, as far as they are valid: a scalar has at most three more after its first.
    private var endOfPiece: Int {
        let isBoundary = { (index: Int) in rest[index] & 0b1100_0000 != 0b1000_0000 }
        return (max(1, limit - 3)...limit).reversed().first(where: isBoundary) ?? limit
    }
}
