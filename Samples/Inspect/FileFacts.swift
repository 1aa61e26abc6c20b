/// What an inspection finds out about one file; a worker's answer.
struct FileFacts: Codable, Equatable, Sendable {
    var bytes: Int
    var lines: Int
    var words: Int
    /// FNV-1a.
    var hash: UInt64
    var kind: ContentKind
    /// The three most frequent ones.
    var frequentWords: [WordCount]
}

/// An inspection under way: takes the file chunk by chunk and keeps none of it.
struct FileScan {
    private var counter = TextCounter()
    private var hash = FNV1aHash()
    private var sample = ContentSample()
    private var frequencies = WordFrequencies()

    mutating func add(_ chunk: some Collection<UInt8>) {
        counter.add(chunk)
        hash.add(chunk)
        sample.add(chunk)
        frequencies.add(chunk)
    }

    var facts: FileFacts {
        FileFacts(
            bytes: counter.bytes, lines: counter.lines, words: counter.words, hash: hash.value, kind: sample.kind,
            frequentWords: frequencies.mostFrequent(3))
    }
}
