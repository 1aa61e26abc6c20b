import ActorCluster
import ActorClusterTesting
import Distributed
import Testing

@Suite("Messages: containers used out of turn", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct InterleavedContainerTests {
    enum Outer: CodingKey { case left, right, list, last }
    enum Inner: CodingKey { case x, y }

    @Test("two nested containers with the same keys are written by turns")
    func sameKeysByTurns() throws {
        struct Writer: Encodable {
            func encode(to encoder: any Encoder) throws {
                var outer = encoder.container(keyedBy: Outer.self)
                var left = outer.nestedContainer(keyedBy: Inner.self, forKey: .left)
                var right = outer.nestedContainer(keyedBy: Inner.self, forKey: .right)
                try left.encode(1, forKey: .x)
                try right.encode(2, forKey: .x)
                try left.encode(3, forKey: .y)
            }
        }
        let copy = try decoded([String: [String: Int]].self, from: encoded(Writer()))
        #expect(copy == ["left": ["x": 1, "y": 3], "right": ["x": 2]])
    }

    @Test("two nested containers with the same keys, one after the other, take one attempt")
    func sameKeysInOrder() throws {
        struct Writer: Encodable {
            let attempts: Counter
            func encode(to encoder: any Encoder) throws {
                attempts.count += 1
                var outer = encoder.container(keyedBy: Outer.self)
                for key in [Outer.left, .right, .last] {
                    var inner = outer.nestedContainer(keyedBy: Inner.self, forKey: key)
                    try inner.encode(1, forKey: .x)
                    var deeper = inner.nestedContainer(keyedBy: Inner.self, forKey: .y)
                    try deeper.encode(2, forKey: .x)
                }
            }
        }
        struct Inside: Decodable, Equatable {
            var x: Int
            var y: [String: Int]
        }
        let attempts = Counter()
        let copy = try decoded([String: Inside].self, from: encoded(Writer(attempts: attempts)))
        let inside = Inside(x: 1, y: ["x": 2])
        #expect(copy == ["left": inside, "right": inside, "last": inside])
        #expect(attempts.count == 1)
    }

    final class Counter {
        var count = 0
    }

    /// All kinds of containers, written and read criss-cross.
    struct Woven: Codable, Equatable {
        var numbers = [1, 2, 3, 4, 5]

        init(_ numbers: [Int] = [1, 2, 3, 4, 5]) { self.numbers = numbers }

        init(from decoder: any Decoder) throws {
            let outer = try decoder.container(keyedBy: Outer.self)
            let left = try outer.nestedContainer(keyedBy: Inner.self, forKey: .left)
            let right = try outer.nestedContainer(keyedBy: Inner.self, forKey: .right)
            var list = try outer.nestedUnkeyedContainer(forKey: .list)
            let rightY = try right.decode(Int.self, forKey: .y)
            let leftX = try left.decode(Int.self, forKey: .x)
            let last = try outer.decode(Int.self, forKey: .last)
            let rightX = try right.decode(Int.self, forKey: .x)
            numbers = [leftX, rightX, rightY, try list.decode(Int.self), last]
        }

        func encode(to encoder: any Encoder) throws {
            var outer = encoder.container(keyedBy: Outer.self)
            var left = outer.nestedContainer(keyedBy: Inner.self, forKey: .left)
            var right = outer.nestedContainer(keyedBy: Inner.self, forKey: .right)
            var list = outer.nestedUnkeyedContainer(forKey: .list)
            try right.encode(numbers[1], forKey: .x)
            try left.encode(numbers[0], forKey: .x)
            try outer.encode(numbers[4], forKey: .last)
            try right.encode(numbers[2], forKey: .y)
            try list.encode(numbers[3])
        }
    }

    @Test("all kinds of containers, criss-cross")
    func wovenContainers() {
        expectRoundTrip(Woven())
        expectRoundTrip([Woven(), Woven([5, 4, 3, 2, 1])])
        expectRoundTrip(["a": Wrapper(Woven())])
    }

    @Test("only the value out of turn is encoded again, and later values still share the earlier keys")
    func onlyThatValueAgain() throws {
        let writer = MessageWriter.borrow()
        defer { writer.giveBack() }
        try writer.write(Person.ada)
        let first = writer.bytes.count
        try writer.write(Woven())
        let second = writer.bytes.count
        try writer.write(Person.ada)
        #expect(writer.bytes.count - second < first - 20)
        let message = Array(writer.bytes)
        let reader = MessageReader.borrow()
        defer { reader.giveBack() }
        #expect(try reader.next(Person.self, in: message) == .ada)
        #expect(try reader.next(Woven.self, in: message) == Woven())
        #expect(try reader.next(Person.self, in: message) == .ada)
        #expect(reader.position == message.count)
    }

    @Test("a value that writes nothing, after an open container, is still an element")
    func nothingAfterOpenContainer() throws {
        struct Writer: Encodable {
            func encode(to encoder: any Encoder) throws {
                var outer = encoder.unkeyedContainer()
                var inner = outer.nestedUnkeyedContainer()
                try outer.encode(NoContainer())
                _ = outer.nestedContainer(keyedBy: Inner.self)
                try inner.encode(1)
            }
        }
        struct Reader: Decodable {
            init(from decoder: any Decoder) throws {
                var outer = try decoder.unkeyedContainer()
                #expect(try outer.decode([Int].self) == [1])
                _ = try outer.decode(NoContainer.self)
                #expect(try outer.decode([String: Int].self) == [:])
                #expect(outer.isAtEnd)
                #expect(outer.currentIndex == 3)
            }
        }
        _ = try decoded(Reader.self, from: encoded(Writer()))
    }

    @Test("super encoders criss-cross with their containers, and with single values")
    func superEncoders() throws {
        struct Writer: Encodable {
            func encode(to encoder: any Encoder) throws {
                var outer = encoder.unkeyedContainer()
                let first = outer.superEncoder()
                let second = outer.superEncoder()
                _ = outer.superEncoder()
                var single = second.singleValueContainer()
                try single.encode([7])
                var list = first.unkeyedContainer()
                try list.encode(1)
                try list.encode(contentsOf: [UInt8]([2, 3]))
            }
        }
        struct Reader: Decodable {
            init(from decoder: any Decoder) throws {
                var outer = try decoder.unkeyedContainer()
                let first = try outer.superDecoder()
                let second = try outer.superDecoder()
                let third = try outer.superDecoder()
                #expect(try second.singleValueContainer().decode([Int].self) == [7])
                #expect(try third.container(keyedBy: Inner.self).allKeys.isEmpty)
                #expect(try first.singleValueContainer().decode([Int].self) == [1, 2, 3])
            }
        }
        _ = try decoded(Reader.self, from: encoded(Writer()))
    }

    @Test("bytes at once and then more elements")
    func bytesAndMore() throws {
        struct Writer: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.unkeyedContainer()
                try container.encode(contentsOf: [UInt8]([1, 2]))
                #expect(container.count == 2)
                try container.encode(300)
                #expect(container.count == 3)
            }
        }
        #expect(try decoded([Int].self, from: encoded(Writer())) == [1, 2, 300])
    }

    @Test("a value may try one thing, catch the error, and write another")
    func caughtErrors() throws {
        struct Failing: Encodable {
            struct Refusal: Error {}
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Inner.self)
                try container.encode(Person.ada, forKey: .x)
                throw Refusal()
            }
        }
        struct Writer: Encodable {
            func encode(to encoder: any Encoder) throws {
                var outer = encoder.container(keyedBy: Outer.self)
                #expect(throws: Failing.Refusal.self) { try outer.encode(Failing(), forKey: .left) }
                var list = outer.nestedUnkeyedContainer(forKey: .list)
                #expect(throws: Failing.Refusal.self) { try list.encode(Failing()) }
                #expect(list.count == 0)
                try list.encode([Person.ada])
                try outer.encode(5, forKey: .last)
            }
        }
        struct Reader: Codable, Equatable {
            var left: Int?
            var list: [[Person]]
            var last: Int
        }
        #expect(try decoded(Reader.self, from: encoded(Writer())) == Reader(left: nil, list: [[.ada]], last: 5))
    }

    @Test("a value that asks for two kinds of container, or writes two single values, is an error")
    func conflicts() {
        struct TwoKinds: Encodable {
            func encode(to encoder: any Encoder) throws {
                var keyed = encoder.container(keyedBy: Inner.self)
                try keyed.encode(1, forKey: .x)
                var unkeyed = encoder.unkeyedContainer()
                try unkeyed.encode(1)
            }
        }
        struct TwoSingles: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                try container.encode(1)
                try container.encode(2)
            }
        }
        struct SingleAndKeyed: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                try container.encode(1)
                _ = encoder.container(keyedBy: Inner.self)
            }
        }
        #expect(throws: EncodingError.self) { try encoded(TwoKinds()) }
        #expect(throws: EncodingError.self) { try encoded([TwoSingles()]) }
        #expect(throws: EncodingError.self) { try encoded(SingleAndKeyed()) }
        expectRoundTrip(Person.ada)
    }

    @Test("a container that outlives its value gives errors")
    func keptContainers() throws {
        final class Shelf {
            var keyed: KeyedDecodingContainer<Inner>?
            var unkeyed: (any UnkeyedDecodingContainer)?
            var single: (any SingleValueDecodingContainer)?
        }
        struct Keeper: Decodable {
            init(from decoder: any Decoder) throws {
                let shelf = decoder.userInfo[.actorSystemKey] as? Shelf
                let outer = try decoder.container(keyedBy: Outer.self)
                shelf?.keyed = try outer.nestedContainer(keyedBy: Inner.self, forKey: .left)
                shelf?.unkeyed = try outer.nestedUnkeyedContainer(forKey: .list)
                shelf?.single = try decoder.singleValueContainer()
            }
        }
        let shelf = Shelf()
        let message = try encoded(Woven())
        let reader = MessageReader.borrow()
        reader.actorSystem = shelf
        _ = try reader.next(Keeper.self, in: message)
        #expect(throws: DecodingError.self) { try shelf.keyed?.decode(Int.self, forKey: .x) }
        #expect(throws: DecodingError.self) { try shelf.unkeyed?.decode(Int.self) }
        #expect(throws: DecodingError.self) { try shelf.single?.decode(Int.self) }
        #expect(shelf.keyed?.allKeys.isEmpty == true)
        #expect(shelf.keyed?.contains(.x) == false)
        #expect(shelf.unkeyed?.isAtEnd == true)
        reader.giveBack()
    }
}
