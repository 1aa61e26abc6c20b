import Testing

@testable import Inspect

/// The most frequent words, in bounded memory.
@Suite(.timeLimit(.minutes(1)))
struct WordFrequenciesTests {
    @Test("most frequent first, in lower case, equal ones by alphabet")
    func order() {
        let words = top(3, of: ["The cat, the dog; a DOG and the end"])
        #expect(words == [WordCount(word: "the", count: 3), .init(word: "dog", count: 2), .init(word: "a", count: 1)])
    }

    @Test("a word may begin in one chunk and end with the file")
    func chunks() { #expect(top(1, of: ["zeb", "ra zeb", "ra"]) == [WordCount(word: "zebra", count: 2)]) }

    @Test("only ASCII letters make words")
    func letters() {
        #expect(top(9, of: ["@[`{ 12 é"]).isEmpty)
        #expect(top(9, of: ["x1y_z"]).map(\.word) == ["x", "y", "z"])
    }

    @Test("a word of 25 letters is counted, one of 26 is not")
    func longWords() {
        let longest = String(repeating: "z", count: WordFrequencies.longestWord)
        #expect(top(9, of: [longest]).map(\.word) == [longest])
        #expect(top(9, of: [longest + "z"]).isEmpty)
    }

    @Test("a frequent word survives more different words than are remembered")
    func bounded() {
        var frequencies = WordFrequencies()
        for number in 0..<3 * WordFrequencies.limit {
            frequencies.add("often \(spelled(number)) ".utf8)
        }
        #expect(frequencies.mostFrequent(1) == [WordCount(word: "often", count: 3 * WordFrequencies.limit)])
        #expect(frequencies.mostFrequent(.max).count < WordFrequencies.limit)
    }

    private func top(_ number: Int, of chunks: [String]) -> [WordCount] {
        chunks.reduce(into: WordFrequencies()) { $0.add($1.utf8) }.mostFrequent(number)
    }

    /// In letters instead of digits.
    private func spelled(_ number: Int) -> String {
        String(decoding: String(number).utf8.map { $0 - UInt8(ascii: "0") + UInt8(ascii: "a") }, as: UTF8.self)
    }
}
