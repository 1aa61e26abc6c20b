import ProcessIO

/// A byte array of the program that is sent from where it is.
struct LongArray {
    /// So many bytes of the text come before it.
    let offset: Int
    let bytes: [UInt8]
}

// A long byte array is not copied into the text: only its tag and length are. Everything that takes text back takes
// these arrays back, too.
extension MessageWriter {
    /// The message so far.
    package var message: EncodedMessage {
        if longArrays.isEmpty, descriptors.isEmpty { return .whole([UInt8](bytes)) }
        let parts = messageParts
        if !descriptors.isEmpty { return .carrying(parts, DescriptorGroup(descriptors)) }
        return .parts(parts)
    }

    private var messageParts: [[UInt8]] {
        guard !longArrays.isEmpty else { return [[UInt8](bytes)] }
        var parts: [[UInt8]] = []
        var start = 0
        for array in longArrays {
            parts += [text(start..<array.offset), array.bytes]
            start = array.offset
        }
        return parts + [text(start..<count)]
    }

    /// Its length in bytes.
    package var messageSize: Int { longArrays.reduce(count) { $0 + $1.bytes.count } }

    func keep(_ bytes: [UInt8]) throws {
        guard bytes.count <= MessageLimits.length else { throw tooLong("byte array") }
        reserve(5)
        put(ValueTag.bytes)
        put(UInt32(truncatingIfNeeded: bytes.count))
        longArrays.append(LongArray(offset: count, bytes: bytes))
    }

    /// Takes back what was written behind the first `size` bytes of the text. An array lies behind a tag of its own.
    func cut(to size: Int) {
        count = size
        while let last = longArrays.last, last.offset > size { longArrays.removeLast() }
    }

    private func text(_ range: Range<Int>) -> [UInt8] {
        [UInt8](UnsafeRawBufferPointer(rebasing: bytes[range]))
    }
}
