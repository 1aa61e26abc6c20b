/// Some part of a mangled type is spelled in a way that is not known here.
struct UnknownSpelling: Error {}

/// Reads tokens from left to right: single letters, numbers, identifiers.
struct TokenReader {
    private(set) var unread: ArraySlice<TypeToken>

    init(_ tokens: ArraySlice<TypeToken>) { unread = tokens }

    var isAtEnd: Bool { unread.isEmpty }

    var first: TypeToken? { unread.first }

    mutating func next() -> TypeToken? { unread.popFirst() }

    mutating func character() throws(UnknownSpelling) -> Unicode.Scalar {
        guard case .character(let character) = unread.popFirst() else { throw UnknownSpelling() }
        return character
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard unread.first == .character(character) else { return false }
        unread.removeFirst()
        return true
    }

    mutating func skip(anyOf characters: String) -> Bool {
        guard case .character(let character) = unread.first, characters.unicodeScalars.contains(character) else {
            return false
        }
        unread.removeFirst()
        return true
    }

    /// A decimal number, nil if there is no digit here. At most six digits: no real type comes near.
    mutating func natural() throws(UnknownSpelling) -> Int? {
        var number: Int?
        while case .character(let digit) = unread.first, "0"..."9" ~= digit {
            let larger = (number ?? 0) * 10 + Int(digit.value - 48)
            guard larger < 1_000_000 else { throw UnknownSpelling() }
            number = larger
            unread.removeFirst()
        }
        return number
    }

    /// `_` is 0, `0_` is 1, and so on.
    mutating func index() throws(UnknownSpelling) -> Int {
        if skip("_") { return 0 }
        guard let number = try natural(), skip("_") else { throw UnknownSpelling() }
        return number + 1
    }

    /// A generic parameter after its `q` or in a requirement: `z` the first, `_` the second, `d` one of an inner level.
    mutating func genericParameter() throws(UnknownSpelling) {
        if skip("z") { return }
        if skip("d") { _ = try index() }
        _ = try index()
    }

    /// An identifier from its first digit on: its length and its letters.
    ///
    /// After `0`, words of earlier identifiers stand in it as letters, the last a capital; after `00`, it is punycode.
    mutating func identifier() throws(UnknownSpelling) {
        let isSpecial = skip("0")
        let isPunycode = isSpecial && skip("0")
        var hasWords = isSpecial && !isPunycode
        repeat {
            while hasWords, let letter = letterIfAny() {
                if letter.properties.isUppercase { hasWords = false }
            }
            if skip("0") { return }
            guard let length = try natural(), length > 0 else { throw UnknownSpelling() }
            if isPunycode { _ = skip("_") }
            for _ in 0..<length { _ = try character() }
        } while hasWords
    }

    private mutating func letterIfAny() -> Unicode.Scalar? {
        guard case .character(let letter) = unread.first, letter.isASCII, letter.properties.isAlphabetic else {
            return nil
        }
        unread.removeFirst()
        return letter
    }

    mutating func letter() throws(UnknownSpelling) {
        guard letterIfAny() != nil else { throw UnknownSpelling() }
    }
}
