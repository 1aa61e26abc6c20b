import ActorCluster
import ActorClusterTesting
import Testing

@Suite("Messages with long byte arrays", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct LongArrayTests {
    private static let long = [UInt8](repeating: 7, count: 64 << 10)
    private static let shorter = [UInt8](repeating: 8, count: 64 << 10 - 1)

    struct Letter: Codable, Equatable {
        var subject = "a subject"
        var first = LongArrayTests.long
        var second = LongArrayTests.shorter
        var pages = [LongArrayTests.long, [1, 2, 3], LongArrayTests.long]
        var number = 12
    }

    private func withWriter<Result>(_ body: (MessageWriter) throws -> Result) throws -> Result {
        let writer = MessageWriter.borrow()
        defer { writer.giveBack() }
        writer.keepsLongArrays = true
        return try body(writer)
    }

    private func message(_ values: any Encodable...) throws -> EncodedMessage {
        try withWriter { writer in
            for value in values { try writer.write(value) }
            let message = writer.message
            #expect(writer.messageSize == message.count)
            return message
        }
    }

    private func joined(_ message: EncodedMessage) -> [UInt8] {
        switch message {
        case .whole(let bytes): bytes
        case .parts(let parts), .carrying(let parts, _): Array(parts.joined())
        }
    }

    /// Where its long arrays are.
    private func places(_ message: EncodedMessage) -> [UnsafeRawPointer?] {
        guard case .parts(let parts) = message else { return [] }
        return parts.filter { $0 == Self.long }.map { $0.withUnsafeBytes(\.baseAddress) }
    }

    @Test("the bytes are the same, and a long array is not copied")
    func sameBytes() throws {
        let letter = Letter()
        let message = try message(letter)
        #expect(joined(message) == (try encoded(letter)))
        #expect(try decoded(Letter.self, from: joined(message)) == letter)
        let place = Self.long.withUnsafeBytes(\.baseAddress)
        #expect(places(message) == [place, place, place])
    }

    @Test("an array of the least length for it is not copied, one that is a byte shorter is, also alone")
    func threshold() throws {
        #expect(places(try message(Self.long)).count == 1)
        #expect(try message(Self.shorter) == .whole(encoded(Self.shorter)))
        #expect(joined(try message(Self.long)) == (try encoded(Self.long)))
    }

    @Test("several values in one message")
    func severalValues() throws {
        let message = try message(1, Self.long, "two", Self.long, 3)
        let expected = try [encoded(1), encoded(Self.long), encoded("two"), encoded(Self.long), encoded(3)]
        #expect(joined(message) == Array(expected.joined()))
        #expect(places(message).count == 2)
    }

    @Test("a value that throws takes its long arrays back, and those before it stay")
    func takenBack() throws {
        struct Broken: Encodable {
            func encode(to encoder: any Encoder) throws {
                var list = encoder.unkeyedContainer()
                try list.encode(LongArrayTests.long)
                throw EncodingError.invalidValue(1, .init(codingPath: [], debugDescription: "broken"))
            }
        }
        struct Patient: Encodable {
            func encode(to encoder: any Encoder) throws {
                var list = encoder.unkeyedContainer()
                try list.encode(LongArrayTests.long)
                #expect(throws: EncodingError.self) { try list.encode(Broken()) }
                try list.encode([9])
            }
        }
        let message = try message(Patient())
        #expect(places(message).count == 1)
        #expect(try decoded([[UInt8]].self, from: joined(message)) == [Self.long, [9]])
    }

    @Test("containers used out of turn have their long arrays once")
    func outOfTurn() throws {
        struct Woven: Codable, Equatable {
            enum Key: CodingKey { case left, right }
            var left: [[UInt8]] = [LongArrayTests.long, [1]]
            var right: [[UInt8]] = [[2], LongArrayTests.long]

            init() {}

            init(from decoder: any Decoder) throws {
                let outer = try decoder.container(keyedBy: Key.self)
                left = try outer.decode([[UInt8]].self, forKey: .left)
                right = try outer.decode([[UInt8]].self, forKey: .right)
            }

            func encode(to encoder: any Encoder) throws {
                var outer = encoder.container(keyedBy: Key.self)
                var lists = [outer.nestedUnkeyedContainer(forKey: .left), outer.nestedUnkeyedContainer(forKey: .right)]
                for index in left.indices {
                    try lists[0].encode(left[index])
                    try lists[1].encode(right[index])
                }
            }
        }
        let message = try message(Self.long, Woven())
        let place = Self.long.withUnsafeBytes(\.baseAddress)
        #expect(places(message).first == place)
        let text = joined(message).dropFirst(try encoded(Self.long).count)
        #expect(try decoded(Woven.self, from: Array(text)) == Woven())
        #expect(joined(message) == (try encoded(Self.long)) + (try encoded(Woven())))
    }

    @Test("a writer that is lent again keeps nothing of the message before")
    func lentAgain() throws {
        _ = try message(Letter())
        let writer = MessageWriter.borrow()
        defer { writer.giveBack() }
        #expect(!writer.keepsLongArrays)
        #expect(writer.messageSize == 0)
        try writer.write(Self.long)
        #expect(writer.message == .whole(try encoded(Self.long)))
    }
}
