import ActorCluster
import ActorClusterTesting
import Distributed
import Foundation
import Testing

@Suite("Messages: what Codable can express", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct CodableFeatureTests {
    @Test("structs, enums with payloads, and lists of them")
    func structsAndEnums() {
        expectRoundTrip(Person.ada)
        expectRoundTrip([Person](repeating: .ada, count: 300))
        expectRoundTrip([Shape.nothing, .text("t"), .point(x: 1, y: -1)])
        expectRoundTrip(Shape?.some(.nothing))
        expectRoundTrip([Colour.red, .blue])
        expectRoundTrip(Tree.of(31))
    }

    @Test("optionals keep how deep their nil lies")
    func optionals() {
        for value: Int?? in [nil, .some(nil), .some(5)] {
            expectRoundTrip(value)
            expectRoundTrip([value, 1, value])
            expectRoundTrip(Int???.some(value))
            expectRoundTrip(Wrapper(value))
            expectRoundTrip([Wrapper(value)])
            expectRoundTrip(["key": value])
            expectRoundTrip(Optionals(plain: 1, double: value, triple: .some(value), doubles: [value, 7]))
        }
        expectRoundTrip(Int???.none)
        expectRoundTrip(Optionals())
        expectRoundTrip(
            Optionals(flag: false, text: "", colour: .green, wide: .min, list: [nil, 2], table: ["a": nil, "b": 2]))
    }

    @Test("optional fields of every primitive type, there and not")
    func optionalPrimitives() {
        struct All: Codable, Equatable {
            var bool: Bool?
            var string: String?
            var double: Double?
            var float: Float?
            var int: Int?
            var int8: Int8?
            var int16: Int16?
            var int32: Int32?
            var int64: Int64?
            var int128: Int128?
            var uint: UInt?
            var uint8: UInt8?
            var uint16: UInt16?
            var uint32: UInt32?
            var uint64: UInt64?
            var uint128: UInt128?
            var bytes: [UInt8]?
        }
        expectRoundTrip(All())
        expectRoundTrip(
            All(
                bool: true, string: "s", double: 1, float: 2, int: -3, int8: -4, int16: -5, int32: -6, int64: -7,
                int128: -8, uint: 9, uint8: 10, uint16: 11, uint32: 12, uint64: 13, uint128: 14, bytes: [15]))
        expectRoundTrip([All(), All(int: 5), All(uint128: .max)])
    }

    @Test("dictionaries with any key")
    func dictionaries() {
        expectRoundTrip([String: Int]())
        expectRoundTrip(["one": 1, "": 2, "ß": 3])
        expectRoundTrip([1: "one", -2: "two"])
        expectRoundTrip([Colour.red: 1, .blue: 2])
        expectRoundTrip([1.5: [true], -0.5: []])
        expectRoundTrip([UUID(): 1, UUID(): 2])
        expectRoundTrip(["outer": ["inner": [1: ["x": Person.ada]]]])
        expectRoundTrip(Dictionary(uniqueKeysWithValues: (0..<1000).map { ("key \($0)", Double($0)) }))
    }

    @Test("dictionaries that are written at once have the bytes of those that write themselves")
    func dictionaryBytes() throws {
        #expect(try encoded(["a": 1]) == encoded(["a": Wrapper(1)]))
        #expect(try encoded(["a": "b"]) == encoded(["a": Wrapper("b")]))
        struct Fields: Codable {
            var none: Int?
            var first = 1
            var second = 300
        }
        #expect(try decoded([String: Int].self, from: encoded(Fields())) == ["first": 1, "second": 300])
        #expect(try decoded([String: Wrapper<Int>].self, from: encoded(["a": 1])) == ["a": Wrapper(1)])
    }

    @Test("empty containers and values without any")
    func empty() {
        expectRoundTrip(NoFields())
        expectRoundTrip([NoFields(), NoFields()])
        expectRoundTrip(NoContainer())
        expectRoundTrip([NoContainer(), NoContainer()])
        expectRoundTrip(["a": NoContainer()])
        expectRoundTrip([[String: [Int]]]([[:], ["a": []]]))
        expectRoundTrip(Wrapper(Wrapper([String]())))
        expectRoundTrip([[[Int]]]([[], [[]]]))
    }

    @Test("classes: the superclass in a container of its own, or in the same")
    func classes() {
        expectRoundTrip(Dog(legs: 4, name: "Rex"))
        expectRoundTrip([Dog(legs: 4, name: "Rex"), Dog(legs: 3, name: "Tripod")])
        expectRoundTrip(Cat(legs: 4, name: "Tom"))
        expectRoundTrip([Cat(legs: 4, name: "Tom"), Cat(legs: 3, name: "Tim")])
    }

    @Test("fields read in another order, with contains, allKeys and twice")
    func otherOrder() {
        expectRoundTrip(Reversed())
        expectRoundTrip([Reversed(), Reversed()])
        expectRoundTrip(TwoKeyTypes())
        expectRoundTrip([TwoKeyTypes(), TwoKeyTypes()])
    }

    @Test("C-15: emoji, extreme numbers, dates, data, nested optionals, a dictionary of 1,000, an empty array")
    func everything() throws {
        struct Everything: Codable, Equatable {
            var text = "👩🏽‍🚀🇺🇦 e\u{301}"
            var largest = UInt64.max
            var notANumber = Double.nan.bitPattern
            var doubles = [Double.infinity, -0.0]
            var date = Date(timeIntervalSince1970: 1_700_000_000.123456)
            var data = Data(0...255)
            var optionals: [Int??] = [nil, .some(nil), 1]
            var table = Dictionary(uniqueKeysWithValues: (0..<1000).map { ("k\($0)", $0) })
            var none: [Person] = []
        }
        expectRoundTrip(Everything())
        let copy = try roundTrip(Everything())
        #expect(copy.doubles[1].sign == .minus)
        #expect(copy.date == Everything().date)
    }

    @Test("Foundation's types")
    func foundation() throws {
        let sample = try FoundationValues.sample()
        expectRoundTrip(sample)
        expectRoundTrip([sample, sample])
        expectRoundTrip(Data())
        expectRoundTrip(Data(repeating: 7, count: 70_000))
        expectRoundTrip(Data(0...99)[10..<20])
        expectRoundTrip([Date.distantPast, .distantFuture, Date(timeIntervalSince1970: 0.000_001)])
        expectRoundTrip(Decimal.greatestFiniteMagnitude)
        expectRoundTrip(Wrapper(Data([1])))
        expectRoundTrip(["a": Data([1])])
    }

    @Test("Data and an array of bytes are the same on the wire")
    func dataIsBytes() throws {
        #expect(try encoded(Data([1, 2, 3])) == encoded([UInt8]([1, 2, 3])))
        #expect(try decoded([UInt8].self, from: encoded(Data([1, 2, 3]))) == [1, 2, 3])
        #expect(try decoded(Data.self, from: encoded([UInt8]([4, 5]))) == Data([4, 5]))
    }

    @Test("userInfo reaches the values, also in a super encoder and in the second attempt")
    func userInfo() throws {
        let writer = MessageWriter.borrow()
        let system = Marked.System(number: 7)
        writer.actorSystem = system
        try writer.write(Marked())
        let message = Array(writer.bytes)
        writer.giveBack()
        let reader = MessageReader.borrow()
        reader.actorSystem = system
        let copy = try reader.next(Marked.self, in: message)
        reader.giveBack()
        #expect(copy.found == 7)
        #expect(writer.userInfo.isEmpty && reader.userInfo.isEmpty, "a coder in the pool keeps no system")
    }

    /// Writes the number that it finds, through a super encoder and interleaved containers.
    struct Marked: Codable {
        final class System {
            let number: Int
            init(number: Int) { self.number = number }
        }

        static func number(_ info: [CodingUserInfoKey: Any]) -> Int? { (info[.actorSystemKey] as? System)?.number }

        var found = 0

        enum CodingKeys: CodingKey { case left, right }

        init() {}

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            let inner = try container.superDecoder(forKey: .left)
            let number = try inner.singleValueContainer().decode(Int.self)
            found = number == Self.number(inner.userInfo) ? number : -1
            found = number == Self.number(decoder.userInfo) ? found : -2
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            let left = container.superEncoder(forKey: .left)
            var right = container.nestedUnkeyedContainer(forKey: .right)
            var single = left.singleValueContainer()
            try single.encode(Self.number(left.userInfo) ?? -3)
            try right.encode(Self.number(encoder.userInfo) ?? -4)
        }
    }
}
