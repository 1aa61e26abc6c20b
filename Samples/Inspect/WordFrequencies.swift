/// A word and how often it was met.
struct WordCount: Codable, Equatable, Sendable {
    var word: String
    var count: Int
}

/// Counts words of ASCII letters, whatever their case, in bounded memory.
///
/// Whenever `limit` different words are known, those that are not above the median are forgotten. A file with more
/// different words gets counts that may be too low, never too high.
struct WordFrequencies: Equatable {
    static let limit = 4_096
    /// As many letters as a `UInt128` holds at five bits each; longer runs are no words and are left out. So a word
    /// is a number, and counting it allocates nothing.
    static let longestWord = 25

    private var counts: [UInt128: Int] = [:]
    private var word: UInt128 = 0
    private var length = 0

    mutating func add(_ chunk: some Collection<UInt8>) {
        for byte in chunk {
            // 1 for "a" and "A", 26 for "z" and "Z".
            let letter = (byte | 0x20) &- 0x60
            if (1...26).contains(letter) {
                word = word << 5 | UInt128(letter)
                length += 1
            } else if length > 0 {
                endWord()
            }
        }
    }

    /// Most frequent first, then by alphabet.
    func mostFrequent(_ number: Int) -> [WordCount] {
        var all = self
        if length > 0 { all.endWord() }
        // Only words that may be among them are worth spelling out.
        let least = all.counts.values.sorted(by: >).prefix(number).last ?? 0
        let words = all.counts.filter { $0.value >= least }
            .map { WordCount(word: Self.letters(of: $0.key), count: $0.value) }
        return Array(words.sorted { ($1.count, $0.word) < ($0.count, $1.word) }.prefix(number))
    }

    private mutating func endWord() {
        if length <= Self.longestWord { counts[word, default: 0] += 1 }
        (word, length) = (0, 0)
        if counts.count == Self.limit { forgetRareWords() }
    }

    private mutating func forgetRareWords() {
        let median = counts.values.sorted()[counts.count / 2]
        counts = counts.filter { $0.value > median }
    }

    private static func letters(of word: UInt128) -> String {
        var letters: [UInt8] = []
        var rest = word
        while rest > 0 {
            letters.append(UInt8(rest & 0x1F) + 0x60)
            rest >>= 5
        }
        return String(decoding: letters.reversed(), as: UTF8.self)
    }
}
