/// Encoded values one behind the other: a batch of messages or of a stream's elements.
package struct PackedValues: Codable, Equatable, Sendable {
    package private(set) var bytes: [UInt8] = []
    /// Where each of them ends.
    private var ends: [Int] = []

    package init() {}

    package var count: Int { ends.count }
    package var isEmpty: Bool { ends.isEmpty }
    /// What it takes in a message, beside a few bytes of its own.
    package var size: Int { bytes.count + 8 * ends.count }

    /// What a value of so many bytes adds to `size`.
    package static func size(ofValue count: Int) -> Int { count + 8 }

    /// The longest value that fits a frame alone.
    static func longestValue(inFrameOf limit: Int) -> Int { limit - Limits.batchFrameRest }

    package mutating func append(_ value: some Collection<UInt8>) {
        bytes += value
        ends.append(bytes.count)
    }

    package mutating func append(_ value: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: value)
        ends.append(bytes.count)
    }

    /// `nil`: there is none, or whoever sent this has put its end where it cannot be.
    package subscript(index: Int) -> ArraySlice<UInt8>? {
        guard ends.indices.contains(index) else { return nil }
        let start = index == 0 ? 0 : ends[index - 1]
        guard start >= 0, start <= ends[index], ends[index] <= bytes.count else { return nil }
        return bytes[start..<ends[index]]
    }
}
