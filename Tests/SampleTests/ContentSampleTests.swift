import Testing

@testable import Inspect

/// Text or binary, by the first 8 KiB.
@Suite(.timeLimit(.minutes(1)))
struct ContentSampleTests {
    private let limit = ContentSample.limit

    @Test("nothing at all is text")
    func empty() { #expect(kind([]) == .text) }

    @Test("a zero byte in the first 8 KiB makes a file binary, one behind them does not")
    func zeroByte() {
        #expect(kind([65, 0, 66]) == .binary)
        #expect(kind(letters(limit - 1) + [0]) == .binary)
        #expect(kind(letters(limit) + [0]) == .text)
    }

    @Test("bytes that are not UTF-8 make a file binary")
    func invalid() {
        #expect(kind([0xFF]) == .binary)
        #expect(kind([0x80] + letters(9)) == .binary)
        #expect(kind(letters(9) + [0xC3]) == .binary, "cut off by the end of the file")
    }

    @Test("a character that the end of the sample cuts is no reason", arguments: ["é", "€", "🙂"])
    func cutCharacter(character: String) {
        for before in limit - 4...limit {
            #expect(kind(letters(before) + Array(character.utf8)) == .text)
        }
        #expect(kind(letters(limit - 4) + [0xFF, 65, 65, 65]) == .binary)
    }

    private func letters(_ count: Int) -> [UInt8] { Array(repeating: UInt8(ascii: "a"), count: count) }

    private func kind(_ bytes: [UInt8]) -> ContentKind {
        var sample = ContentSample()
        sample.add(bytes)
        return sample.kind
    }
}
