import ActorCluster
import ActorClusterTesting
import Foundation
import Testing

@Suite("Messages: broken bytes", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct MalformedMessageTests {
    /// A length or a count of 2^32 − 1.
    static let huge: [UInt8] = [255, 255, 255, 255]

    @Test("D6: a length of 2^32 in a message of 12 bytes is an error, whatever it counts")
    func countBombs() {
        let rest = [UInt8](repeating: 0, count: 7)
        let string = [0xCC] + Self.huge + rest
        #expect(decodingError(String.self, from: string)?.isDataCorrupted == true)
        #expect(decodingError([String].self, from: [0xC5] + string)?.isDataCorrupted == true)
        let bytes = [0xCD] + Self.huge + rest
        #expect(decodingError([UInt8].self, from: bytes)?.isDataCorrupted == true)
        #expect(decodingError([Int].self, from: bytes)?.isDataCorrupted == true)
        #expect(decodingError(Data.self, from: bytes)?.isDataCorrupted == true)
        #expect(decodingError(NoContainer.self, from: bytes)?.isDataCorrupted == true)
        for kind: UInt8 in [0x00, 0x01, 0x02, 0x03, 0x10, 0x11, 0x12, 0x13, 0x22, 0x23] {
            let packed = [0xCE, kind] + Self.huge + rest
            #expect(decodingError([Int8].self, from: packed)?.isDataCorrupted == true)
            #expect(decodingError([Int16].self, from: packed)?.isDataCorrupted == true)
            #expect(decodingError([Int32].self, from: packed)?.isDataCorrupted == true)
            #expect(decodingError([Int64].self, from: packed)?.isDataCorrupted == true)
            #expect(decodingError([Int].self, from: packed)?.isDataCorrupted == true)
            #expect(decodingError([UInt16].self, from: packed)?.isDataCorrupted == true)
            #expect(decodingError([UInt32].self, from: packed)?.isDataCorrupted == true)
            #expect(decodingError([UInt64].self, from: packed)?.isDataCorrupted == true)
            #expect(decodingError([UInt].self, from: packed)?.isDataCorrupted == true)
            #expect(decodingError([Float].self, from: packed)?.isDataCorrupted == true)
            #expect(decodingError([Double].self, from: packed)?.isDataCorrupted == true)
            #expect(decodingError(NoContainer.self, from: packed)?.isDataCorrupted == true)
        }
        let key = [0xC4, 0xC1] + Self.huge + rest
        #expect(decodingError([String: Int].self, from: key)?.isDataCorrupted == true)
        #expect(decodingError(Person.self, from: key)?.isDataCorrupted == true)
    }

    @Test("an array's storage is no larger than the bytes that came")
    func capacity() throws {
        let numbers = try decoded([Int].self, from: encoded([Int](repeating: 1, count: 1000)))
        #expect(numbers.capacity < 1100)
        let bytes = try decoded([UInt8].self, from: encoded([UInt8](repeating: 1, count: 1000)))
        #expect(bytes.capacity < 1100)
    }

    @Test("D7: text that is not UTF-8 is an error")
    func invalidText() {
        #expect(decodingError(String.self, from: [0x81, 0xFF])?.isDataCorrupted == true)
        #expect(decodingError([String].self, from: [0xC5, 0x82, 0xC3, 0x28, 0xC6])?.isDataCorrupted == true)
        let surrogate: [UInt8] = [0x83, 0xED, 0xA0, 0x80]
        #expect(decodingError(String.self, from: surrogate)?.text == "A string is not valid UTF-8.")
    }

    @Test("D7: bytes behind the value are noticed by the position")
    func trailingBytes() throws {
        #expect(throws: TrailingBytes(count: 1)) { try decoded(Int.self, from: encoded(5) + [0]) }
        #expect(throws: TrailingBytes(count: 2)) { try decoded(Person.self, from: encoded(Person.ada) + [0, 0]) }
    }

    @Test("D7: an integer that is too wide is an error with its path")
    func wideIntegers() throws {
        #expect(decodingError(Int8.self, from: try encoded(200))?.isDataCorrupted == true)
        #expect(decodingError(UInt8.self, from: try encoded(-1))?.isDataCorrupted == true)
        #expect(decodingError(Int.self, from: try encoded(UInt64.max))?.isDataCorrupted == true)
        #expect(decodingError(UInt.self, from: try encoded(Int128.min))?.isDataCorrupted == true)
        #expect(decodingError(Int.self, from: [0xDF] + [UInt8](repeating: 255, count: 8))?.isDataCorrupted == true)
        let error = decodingError([String: Int8].self, from: try encoded(["a": 200]))
        #expect(error?.path == "a")
        #expect(error?.text == "The number does not fit Int8.")
    }

    @Test("D7: an unknown tag is an error, read and skipped")
    func unknownTags() {
        for tag: UInt8 in [0xC6, 0xC7, 0xCF] {
            #expect(throws: DecodingError.self) { try decoded(Int.self, from: [tag]) }
            #expect(throws: DecodingError.self) { try decoded(String.self, from: [tag]) }
            #expect(throws: DecodingError.self) { try decoded(Bool.self, from: [tag]) }
            #expect(throws: DecodingError.self) { try decoded(Person.self, from: [tag]) }
            #expect(throws: DecodingError.self) { try decoded([Int].self, from: [tag]) }
        }
        #expect(decodingError(NoContainer.self, from: [0xCF])?.isDataCorrupted == true)
        #expect(decodingError(NoContainer.self, from: [0xC6])?.isDataCorrupted == true)
        #expect(decodingError([Int].self, from: [0xCE, 0x20, 0, 0, 0, 0])?.isDataCorrupted == true)
        #expect(decodingError(Person.self, from: [0xC4, 0xC8, 0xC6])?.isDataCorrupted == true)
        #expect(decodingError(Person.self, from: [0xC4, 0x05, 0x01, 0xC6])?.isDataCorrupted == true)
        #expect(decodingError(Person.self, from: [0xC4, 0xC2, 0xFF, 0xFF, 0x01])?.isDataCorrupted == true)
    }

    @Test("D7: a message that ends anywhere before its end is an error")
    func truncated() throws {
        try expectErrorWhenTruncated(Person.ada)
        try expectErrorWhenTruncated(Reversed())
        try expectErrorWhenTruncated([1: "one", 2: "two"])
        try expectErrorWhenTruncated(Optionals(list: [1, nil]))
        try expectErrorWhenTruncated([Shape.point(x: 1, y: 500), .text("t")])
        try expectErrorWhenTruncated([[1.5], [2.5]])
    }

    private func expectErrorWhenTruncated<T: Codable>(_ value: T) throws {
        let message = try encoded(value)
        for length in 0..<message.count {
            #expect(throws: (any Error).self, "\(length) bytes of \(message)") {
                try decoded(T.self, from: Array(message[..<length]))
            }
        }
    }

    @Test("nil where a value is needed is an error that says so")
    func unexpectedNil() throws {
        guard case .valueNotFound(_, let context) = decodingError([Int].self, from: try encoded([1, nil] as [Int?]))
        else {
            Issue.record("not valueNotFound")
            return
        }
        #expect(context.codingPath.map(\.stringValue) == ["Index 1"])
        #expect(context.debugDescription == "Expected Int but found nil.")
    }

    @Test("reading more elements than there are is an error")
    func noMoreElements() throws {
        struct Three: Decodable {
            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                for _ in 0..<3 { _ = try container.decode(Int.self) }
            }
        }
        #expect(decodingError(Three.self, from: try encoded([1, 2]))?.text == "The container has no more elements.")
        #expect(decodingError(Three.self, from: [0xC5, 1, 2, 0xC6])?.text == "The container has no more elements.")
    }

    @Test("a value may try one type, catch the error, and read another")
    func eitherType() throws {
        enum Either: Codable, Equatable {
            case number(Int)
            case texts([String])
            case person(Person)

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let number = try? container.decode(Int.self) {
                    self = .number(number)
                } else if let texts = try? container.decode([String].self) {
                    self = .texts(texts)
                } else {
                    self = .person(try container.decode(Person.self))
                }
            }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                switch self {
                case .number(let number): try container.encode(number)
                case .texts(let texts): try container.encode(texts)
                case .person(let person): try container.encode(person)
                }
            }
        }
        expectRoundTrip([Either.number(1000), .texts(["a", "b"]), .person(.ada), .number(1)])
        expectRoundTrip(["x": Either.person(.ada), "y": .texts([])])
        #expect(decodingError([String: Either].self, from: try encoded(["x": true]))?.path == "x")
    }
}
