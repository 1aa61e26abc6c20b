/// Counts bytes, lines and words as `wc` does, chunk by chunk.
struct TextCounter: Equatable {
    private(set) var bytes = 0
    /// Newline bytes; so a last line without one is not counted.
    private(set) var lines = 0
    /// Runs of bytes other than space, `\t`, `\n`, `\v`, `\f` and `\r`.
    private(set) var words = 0
    /// Kept from chunk to chunk: a word that two chunks share is one word.
    private var isInWord = false

    mutating func add(_ chunk: some Collection<UInt8>) {
        bytes += chunk.count
        for byte in chunk {
            if byte == UInt8(ascii: "\n") { lines += 1 }
            let isSpace = byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte)
            if !isSpace, !isInWord { words += 1 }
            isInWord = !isSpace
        }
    }
}
