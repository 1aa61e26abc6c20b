extension SeededGenerator {
    /// A number from 0 to `bound` - 1.
    public mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// One change: a byte, a bit, a piece lost or doubled, one of `tokens` put in, the rest cut off, four bytes of
    /// ones. Returns the place before which nothing has changed.
    @discardableResult
    public mutating func mutate(_ bytes: inout [UInt8], tokens: [[UInt8]]) -> Int {
        guard !bytes.isEmpty else { return 0 }
        let index = below(bytes.count)
        switch below(7) {
        case 0: bytes[index] = UInt8(truncatingIfNeeded: next())
        case 1: bytes[index] ^= 1 << UInt8(below(8))
        case 2: bytes.removeSubrange(index..<min(bytes.count, index + below(9)))
        case 3: bytes.insert(contentsOf: tokens[below(tokens.count)], at: index)
        case 4: bytes.removeSubrange(index...)
        case 5:
            let piece = bytes[index..<min(bytes.count, index + below(40))]
            let place = below(bytes.count)
            bytes.insert(contentsOf: Array(piece), at: place)
            return place
        default: for index in index..<min(bytes.count, index + 4) { bytes[index] = 0xFF }
        }
        return index
    }
}
