import ActorCluster
import ActorClusterTesting
import Foundation
import Testing

@Suite("Messages: one message, several values", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct MessageTests {
    @Test("the format, byte by byte")
    func format() throws {
        struct Sample: Codable {
            var id: Int
            var name: String
            var note: String?
        }
        let first: [UInt8] = [0xC4, 0x82] + Array("id".utf8) + [0x07, 0x84] + Array("name".utf8) + [0x81, 0x78]
        let absent: [UInt8] = [0x84] + Array("note".utf8) + [0xC7, 0xC6]
        let again: [UInt8] = [0xC4, 0x00, 0xD1, 0xE8, 0x03, 0x01, 0x80, 0x02, 0x81, 0x79, 0xC6]
        let samples = [Sample(id: 7, name: "x"), Sample(id: 1000, name: "", note: "y")]
        #expect(try encoded(samples) == [0xC5] + first + absent + again + [0xC6])
        #expect(try encoded([-1, -32] as [Int16?]) == [0xC5, 0xFF, 0xE0, 0xC6])
        #expect(try encoded(-33) == [0xD8, 0x20])
        #expect(try encoded(["k": true]) == [0xC4, 0xC0, 0x01, 0x6B, 0xC3, 0xC6])
        #expect(try encoded(1.0) == [0xC9, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
        #expect(try encoded(Float(1)) == [0xC8, 0, 0, 0x80, 0x3F])
        #expect(try encoded([UInt8]([1, 2])) == [0xCD, 2, 0, 0, 0, 1, 2])
        #expect(try encoded([Int32]([-1])) == [0xCE, 0x12, 1, 0, 0, 0, 255, 255, 255, 255])
        #expect(try encoded(Int??.some(nil)) == [0xC1, 0xC0])
        #expect(try encoded(Int128.max) == [0xCA] + [UInt8](repeating: 255, count: 15) + [0x7F])
        #expect(try encoded(String(repeating: "a", count: 64)).prefix(6) == [0xCC, 64, 0, 0, 0, 0x61])
        #expect(try encoded(Shape.point(x: 1, y: 2)).count == 1 + 6 + 1 + 3 + 3 + 2)
    }

    @Test("the values of one message share their keys, and are read one by one, wherever the bytes lie")
    func severalValues() throws {
        let writer = MessageWriter.borrow()
        try writer.write(Person.ada)
        let one = writer.bytes.count
        try writer.write("text")
        try writer.write([Person.ada, .ada])
        try writer.write(Int?.none)
        #expect(writer.bytes.count - one < 2 * one)
        let message = Array(writer.bytes)
        writer.giveBack()

        let reader = MessageReader.borrow()
        defer { reader.giveBack() }
        #expect(reader.position == 0)
        #expect(try reader.next(Person.self, in: message) == .ada)
        #expect(reader.position == one)
        #expect(try reader.next(String.self, in: message) == "text")
        #expect(try reader.next([Person].self, in: message) == [.ada, .ada])
        #expect(try reader.next(Int?.self, in: message) == nil)
        #expect(reader.position == message.count)
        #expect(throws: DecodingError.self) { try reader.next(Int.self, in: message) }
    }

    @Test("a reader that is given a shorter message for the next value refuses")
    func shorterMessage() throws {
        let message = try encoded(Person.ada)
        let reader = MessageReader.borrow()
        defer { reader.giveBack() }
        _ = try reader.next(Person.self, in: message)
        #expect(throws: DecodingError.self) { try reader.next(Person.self, in: Array(message[..<10])) }
        #expect(throws: DecodingError.self) { try reader.read(Person.self, from: .init(start: nil, count: 0)) }
    }

    @Test("an empty message has no value")
    func emptyMessage() {
        #expect(decodingError(Int.self, from: [])?.isDataCorrupted == true)
        #expect(decodingError(Person.self, from: [])?.isDataCorrupted == true)
        #expect(decodingError(NoContainer.self, from: [])?.isDataCorrupted == true)
        #expect(decodingError([String].self, from: [])?.isDataCorrupted == true)
    }

    @Test("after an error a coder serves the next message")
    func afterError() throws {
        struct Refusing: Codable {
            struct Refusal: Error {}
            init() {}
            init(from decoder: any Decoder) throws { throw Refusal() }
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: InterleavedContainerTests.Outer.self)
                _ = container.nestedUnkeyedContainer(forKey: .list)
                throw Refusal()
            }
        }
        for _ in 0..<100 {
            #expect(throws: Refusing.Refusal.self) { try encoded([Refusing()]) }
            #expect(throws: Refusing.Refusal.self) { try decoded([Refusing].self, from: encoded([1])) }
            expectRoundTrip(Person.ada)
        }
    }

    @Test("more than 127 different keys, and more than 65,536")
    func manyKeys() throws {
        struct Number: CodingKey {
            var number: UInt8
            init(_ number: UInt8) { self.number = number }
            init?(stringValue: String) {
                guard let number = UInt8(stringValue.dropFirst()) else { return nil }
                self.number = number
            }
            var stringValue: String { "n\(number)" }
            init?(intValue: Int) { nil }
            var intValue: Int? { nil }
        }
        struct Wide: Codable, Equatable {
            var numbers: [Int]
            init(_ numbers: [Int]) { self.numbers = numbers }
            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: Number.self)
                #expect(container.allKeys.map(\.number) == Array(0...255))
                numbers = try (0...255).map { try container.decode(Int.self, forKey: Number($0)) }
            }
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Number.self)
                for (index, number) in numbers.enumerated() {
                    try container.encode(number, forKey: Number(UInt8(index)))
                }
            }
        }
        let wide = Wide(Array(0..<256))
        expectRoundTrip([wide, wide, wide])

        var keyed: [UInt8] = [0xC4]
        for number in 10_000..<80_000 { keyed += [0x85] + Array("\(number)".utf8) + [0x01] }
        keyed.append(0xC6)
        #expect(try decoded(NoFields.self, from: keyed) == NoFields())
    }

    @Test("names of 63, 64 and 300 bytes")
    func longNames() throws {
        struct Long: Codable, Equatable {
            enum CodingKeys: CodingKey {
                case short, limit, longer, longest

                var stringValue: String {
                    switch self {
                    case .short: String(repeating: "s", count: 63)
                    case .limit: String(repeating: "l", count: 64)
                    case .longer: String(repeating: "m", count: 255)
                    case .longest: String(repeating: "x", count: 300)
                    }
                }
                init?(stringValue: String) { nil }
                init?(intValue: Int) { nil }
                var intValue: Int? { nil }
            }
            var short = 1
            var limit = 2
            var longer: Int? = 3
            var longest = 4
        }
        expectRoundTrip([Long(), Long(), Long(longer: nil)])
    }

    @Test("idle coders are kept up to a bound, and freed above it")
    func pool() {
        final class Coder {}
        final class Watched {
            weak var coder: Coder?
        }
        let pool = CoderPool<Coder>()
        let watched = (0..<MessageLimits.idleCoders * 2).map { _ in Watched() }
        do {
            let coders = watched.map { _ in Coder() }
            for (watched, coder) in zip(watched, coders) { watched.coder = coder }
            #expect(coders.count { pool.keep($0) } == MessageLimits.idleCoders)
        }
        #expect(watched.count { $0.coder != nil } == MessageLimits.idleCoders)
        var taken: [Coder] = []
        while let coder = pool.take() { taken.append(coder) }
        #expect(taken.count == MessageLimits.idleCoders)
        #expect(Set(taken.map { ObjectIdentifier($0) }).count == taken.count)
    }

    @Test("a large message leaves no trace in the next")
    func largeMessage() throws {
        let large = [String](repeating: String(repeating: "x", count: 1000), count: 1000)
        for _ in 0..<3 {
            expectRoundTrip(large)
            expectRoundTrip(Person.ada)
        }
    }

    @Test("many tasks encode and decode at once")
    func concurrency() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<50 {
                group.addTask {
                    for round in 0..<20 {
                        let person = Person(id: task, name: "\(round)", isActive: true, score: 0, raw: [])
                        let copy = try roundTrip([person, .ada])
                        #expect(copy == [person, .ada])
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
