/// The first byte of a value: it says what follows, so a reader can step over what it does not know.
///
/// | bytes | value | what follows |
/// | --- | --- | --- |
/// | `00`–`7f` | integer 0…127 | |
/// | `80`–`bf` | string of 0…63 bytes | UTF-8 |
/// | `c0` | nil | |
/// | `c1` | a single-value wrapper around the nil that follows: `.some(nil)` | a value |
/// | `c2`, `c3` | false, true | |
/// | `c4` | keyed container | key, value, key, value, …, `c6` |
/// | `c5` | unkeyed container | value, value, …, `c6` |
/// | `c6` | end of a container | |
/// | `c7` | absent: an optional field that holds nothing | |
/// | `c8`, `c9` | `Float`, `Double` | 4 or 8 bytes |
/// | `ca`, `cb` | `Int128`, `UInt128`, only where 64 bits do not do | 16 bytes |
/// | `cc` | string | length, UTF-8 |
/// | `cd` | bytes | length, bytes |
/// | `ce` | packed array of numbers | `PackedKind`, count, elements |
/// | `d0`–`d7` | integer ≥ 0 | 1…8 bytes |
/// | `d8`–`df` | integer < 0, as its complement | 1…8 bytes |
/// | `e0`–`ff` | integer −32…−1 | |
///
/// All numbers are little-endian, lengths and counts have 32 bits. Every integer type shares one encoding, so a field
/// may become wider. The keys are described at `KeyTag`.
///
/// Rules:
/// - Containers carry no byte length: their end is a tag, nothing is patched, and who steps over one learns its keys.
/// - An optional field writes `absent` rather than nothing, which keeps reader and writer in step.
/// - A reader takes fields in any order, skips unknown ones and names a missing one in its error.
/// - A key that is written twice: no promise which value wins.
/// - Several values may follow each other in one message; they share one key numbering.
/// - A length is compared with the bytes that remain before anything is allocated.
enum ValueTag {
    static let shortString: UInt8 = 0x80
    static let null: UInt8 = 0xC0
    static let some: UInt8 = 0xC1
    static let no: UInt8 = 0xC2
    static let yes: UInt8 = 0xC3
    static let keyed: UInt8 = 0xC4
    static let unkeyed: UInt8 = 0xC5
    static let end: UInt8 = 0xC6
    static let absent: UInt8 = 0xC7
    static let float: UInt8 = 0xC8
    static let double: UInt8 = 0xC9
    static let int128: UInt8 = 0xCA
    static let uint128: UInt8 = 0xCB
    static let string: UInt8 = 0xCC
    static let bytes: UInt8 = 0xCD
    static let packed: UInt8 = 0xCE
    static let integer: UInt8 = 0xD0
    static let complement: UInt8 = 0xD8
    static let smallNegative: UInt8 = 0xE0

    /// Strings and new keys below this length have it in the tag.
    static let shortLength = 64

    /// What a tag stands for, in words for an error.
    static func description(of tag: UInt8) -> String {
        switch tag {
        case 0x00..<shortString, integer...0xFF, int128, uint128: "an integer"
        case shortString..<null, string: "a string"
        case null, absent, some: "nil"
        case no, yes: "a Bool"
        case keyed: "a keyed container"
        case unkeyed: "an unkeyed container"
        case float: "a Float"
        case double: "a Double"
        case bytes: "bytes"
        case packed: "an array of numbers"
        case end: "the end of its container"
        default: "the unknown tag \(tag)"
        }
    }
}

/// The first byte of a key.
///
/// | bytes | key | what follows |
/// | --- | --- | --- |
/// | `00`–`7f` | the n-th numbered key of this message | |
/// | `80`–`bf` | a key of 0…63 bytes that takes the next number | UTF-8 |
/// | `c0` | a key without a number | 1 byte length, UTF-8 |
/// | `c1` | a key without a number | 4 bytes length, UTF-8 |
/// | `c2` | a numbered key | 2 bytes: the number |
/// | `c6` | end of the container | |
///
/// Keys of dictionaries and of other open-ended key types, and names of 64 bytes and more, get no number; neither do
/// new keys once `MessageLimits.numberedKeys` have one.
enum KeyTag {
    static let newKey: UInt8 = 0x80
    static let plain: UInt8 = 0xC0
    static let longPlain: UInt8 = 0xC1
    static let number: UInt8 = 0xC2
}

/// What the elements of a packed array are: log2 of their size, plus 0x10 for signed and 0x20 for floating point.
struct PackedKind: Equatable {
    let rawValue: UInt8

    static let int8 = PackedKind(rawValue: 0x10)
    static let int16 = PackedKind(rawValue: 0x11)
    static let int32 = PackedKind(rawValue: 0x12)
    static let int64 = PackedKind(rawValue: 0x13)
    static let uint8 = PackedKind(rawValue: 0x00)
    static let uint16 = PackedKind(rawValue: 0x01)
    static let uint32 = PackedKind(rawValue: 0x02)
    static let uint64 = PackedKind(rawValue: 0x03)
    static let float = PackedKind(rawValue: 0x22)
    static let double = PackedKind(rawValue: 0x23)

    var sizeShift: Int { Int(rawValue & 0x03) }
    var elementSize: Int { 1 << sizeShift }
    var isSigned: Bool { rawValue & 0x10 != 0 }

    /// Kinds come from the wire: this one is among the above.
    var isKnown: Bool {
        switch rawValue {
        case 0x00...0x03, 0x10...0x13, 0x22, 0x23: true
        default: false
        }
    }
}

/// A key that is no case of any key type: the superclass's, an array index, a name met on the wire.
struct WireKey: CodingKey {
    let stringValue: String
    let intValue: Int?
    /// A field's name or an index. What has no number in a message may be a dictionary's key.
    let isName: Bool

    init(stringValue: String) { self.init(stringValue: stringValue, isName: true) }

    init(stringValue: String, isName: Bool) {
        self.stringValue = stringValue
        self.intValue = nil
        self.isName = isName
    }

    init(intValue: Int) {
        self.stringValue = "Index \(intValue)"
        self.intValue = intValue
        self.isName = true
    }

    /// The key under which `superEncoder()` writes and `superDecoder()` reads.
    static let superclass = WireKey(stringValue: "super")
}
