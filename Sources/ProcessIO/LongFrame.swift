/// A frame that goes in slices, written from where its parts lie.
struct LongFrame: Equatable, Sendable {
    let size: Int
    let token: WriteQueue.Token?
    private let parts: [[UInt8]]
    /// Bytes that have been taken, and where the next one is.
    private(set) var taken = 0
    private var part = 0
    private var offset = 0

    init(_ parts: [[UInt8]], token: WriteQueue.Token?) {
        (self.parts, self.token) = (parts, token)
        size = parts.reduce(0) { $0 + $1.count }
    }

    var left: Int { size - taken }

    /// The next bytes that lie in a row, up to so many; there must be some left.
    mutating func take(atMost most: Int) -> (bytes: [UInt8], range: Range<Int>) {
        while offset == parts[part].count { (part, offset) = (part + 1, 0) }
        let range = offset..<min(parts[part].count, offset + most)
        offset = range.upperBound
        taken += range.count
        return (parts[part], range)
    }
}
