import Testing

@testable import Inspect

/// What is counted must not depend on where the chunks of a file end.
@Suite(.timeLimit(.minutes(1)))
struct CountingTests {
    @Test("a word that two chunks share is counted once")
    func sharedWord() {
        #expect(counter(["one tw", "o three"]).words == 3)
        #expect(counter(["one two", " three"]).words == 3)
        #expect(counter(["one two ", "three"]).words == 3)
    }

    @Test("every ASCII white space ends a word, and nothing else does")
    func whiteSpace() {
        #expect(counter(["a b\tc\nd\u{0B}e\u{0C}f\rg"]).words == 7)
        #expect(counter(["a\u{00}b\u{A0}c\u{1F}d"]).words == 1)
        #expect(counter([" \t\n\u{0B}\u{0C}\r "]).words == 0)
    }

    @Test("lines are newline bytes, so a last line without one is not counted")
    func lines() {
        #expect(counter([]).lines == 0)
        #expect(counter(["one\ntwo"]).lines == 1)
        #expect(counter(["one\n", "\n"]).lines == 2)
    }

    @Test("bytes are counted, not characters")
    func bytes() { #expect(counter(["é", "🙂"]).bytes == 6) }

    @Test(
        "the hash agrees with the published values",
        arguments: zip(
            ["", "a", "foobar"], ["cbf29ce484222325", "af63dc4c8601ec8c", "85944171f73967e8"]))
    func knownHashes(text: String, hash: String) {
        var fnv = FNV1aHash()
        fnv.add(text.utf8)
        #expect(hexadecimal(fnv.value) == hash)
    }

    @Test("a hash is written with all its digits")
    func hashDigits() { #expect(hexadecimal(0xAB) == "00000000000000ab") }

    @Test("whatever the chunks, the facts are the same", arguments: [1, 2, 3, 7, 64, 8_191, 8_192, 8_193])
    func chunkSizes(size: Int) {
        let bytes = Array(
            String(repeating: "Zwölf Boxkämpfer jagen Eva\tquer über\nden Sylter Deich. ", count: 300).utf8)
        var whole = FileScan()
        whole.add(bytes)
        var inChunks = FileScan()
        for start in stride(from: 0, to: bytes.count, by: size) {
            inChunks.add(bytes[start..<min(start + size, bytes.count)])
        }
        #expect(inChunks.facts == whole.facts)
        #expect(whole.facts.words == 300 * 9)
        #expect(whole.facts.kind == .text)
    }

    private func counter(_ chunks: [String]) -> TextCounter {
        chunks.reduce(into: TextCounter()) { $0.add($1.utf8) }
    }
}
