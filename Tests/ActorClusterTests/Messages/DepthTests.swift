import ActorCluster
import ActorClusterTesting
import Foundation
import ProcessIO
import Testing

@Suite("Messages: nesting", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct DepthTests {
    static let unkeyed: UInt8 = 0xC5
    static let end: UInt8 = 0xC6
    static let some: UInt8 = 0xC1

    /// Empty unkeyed containers in each other.
    static func nested(_ levels: Int) -> [UInt8] {
        [UInt8](repeating: unkeyed, count: levels) + [UInt8](repeating: end, count: levels)
    }

    @Test("D5: 64 levels encode and decode, 65 are an error both ways")
    func bound() throws {
        expectRoundTrip(Chain.of(64))
        #expect(try encoded(Chain.of(64)) == Self.nested(64))
        #expect(throws: EncodingError.self) { try encoded(Chain.of(65)) }
        #expect(throws: EncodingError.self) { try encoded(Tree.of(2000)) }
        let error = decodingError(Chain.self, from: Self.nested(65))
        #expect(error?.isDataCorrupted == true)
        #expect(error?.text.contains("64 levels") == true)
        #expect(error?.context.codingPath.count == 64)
    }

    @Test("D5: 10,000 nested arrays in 20 KB are an error, read or skipped")
    func bomb() {
        #expect(decodingError(Chain.self, from: Self.nested(10_000))?.isDataCorrupted == true)
        #expect(decodingError([Int].self, from: Self.nested(10_000))?.isTypeMismatch == true)
        #expect(decodingError(NoFields.self, from: Self.nested(10_000))?.isDataCorrupted == true)
        #expect(decodingError(NoContainer.self, from: Self.nested(10_000))?.isDataCorrupted == true)
        let keyed: [UInt8] = (0..<10_000).flatMap { _ in [0xC4, 0x81, 0x61] as [UInt8] }
        #expect(decodingError(NoFields.self, from: keyed)?.isDataCorrupted == true)
    }

    @Test("D5: marks for wrapped nils count as levels, and are skipped without recursion")
    func wrappedNils() {
        final class Box: Codable {
            var inner: Box?
            init(from decoder: any Decoder) throws { inner = try decoder.singleValueContainer().decode(Box?.self) }
            func encode(to encoder: any Encoder) throws {}
        }
        let message = [UInt8](repeating: Self.some, count: 10_000) + [0xC0]
        #expect(decodingError(Box.self, from: message)?.isDataCorrupted == true)
        #expect(throws: Never.self) { try decoded(NoContainer.self, from: message) }
    }

    @Test("an unknown field is skipped down to level 64 and no further")
    func skipping() throws {
        let field: [UInt8] = [0xC4, 0x81, 0x61]
        #expect(try decoded(NoFields.self, from: field + Self.nested(63) + [Self.end]) == NoFields())
        #expect(decodingError(NoFields.self, from: field + Self.nested(64) + [Self.end])?.isDataCorrupted == true)
        let inArray = [Self.unkeyed] + field + Self.nested(62) + [Self.end, Self.end]
        #expect(try decoded([NoFields].self, from: inArray) == [NoFields()])
        let tooDeep = [Self.unkeyed] + field + Self.nested(63) + [Self.end, Self.end]
        #expect(decodingError([NoFields].self, from: tooDeep)?.isDataCorrupted == true)
    }

    @Test("whatever encodes can be skipped: wrappers, enums and containers by hand count alike")
    func encodableIsSkippable() throws {
        struct Named<Value: Codable>: Codable { var value: Value }
        for nodes in 25..<40 {
            guard let message = try? encoded(Named(value: Tree.of(nodes))) else {
                #expect(nodes > 30)
                continue
            }
            #expect(try decoded(NoFields.self, from: message) == NoFields())
            _ = try decoded(Named<Tree>.self, from: message)
        }
    }

    @Test("the arrays and dictionaries that are written at once count as well")
    func collections() throws {
        struct Deep<Value: Codable & Equatable>: Codable, Equatable {
            var value: Value

            init(_ value: Value) { self.value = value }

            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                for _ in 1..<63 { container = try container.nestedUnkeyedContainer() }
                value = try container.decode(Value.self)
            }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.unkeyedContainer()
                for _ in 1..<63 { container = container.nestedUnkeyedContainer() }
                try container.encode(value)
            }
        }
        expectRoundTrip(Deep(["a"]))
        expectRoundTrip(Deep(["a": 1]))
        expectRoundTrip([Deep([1])])
        #expect(throws: EncodingError.self) { try encoded([Deep(["a"])]) }
        #expect(throws: EncodingError.self) { try encoded([Deep(["a": 1])]) }
        let message =
            [UInt8](repeating: Self.unkeyed, count: 65) + [0x81, 0x61] + [UInt8](repeating: Self.end, count: 65)
        #expect(decodingError([[Deep<[String]>]].self, from: message)?.isDataCorrupted == true)
    }

    /// As many containers in one value as it is told.
    struct Handmade: Codable {
        static var key: CodingUserInfoKey? { CodingUserInfoKey(rawValue: "levels") }
        enum Keys: CodingKey { case inner }

        var levels: Int

        init(levels: Int) { self.levels = levels }

        init(from decoder: any Decoder) throws {
            levels = 1
            var container = try decoder.container(keyedBy: Keys.self)
            while container.contains(.inner) {
                container = try container.nestedContainer(keyedBy: Keys.self, forKey: .inner)
                levels += 1
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            for _ in 1..<levels { container = container.nestedContainer(keyedBy: Keys.self, forKey: .inner) }
        }
    }

    @Test("containers nested by hand: 64 levels pass, 65 are an error both ways")
    func byHand() throws {
        #expect(try roundTrip(Handmade(levels: 64)).levels == 64)
        #expect(try roundTrip([Handmade(levels: 63)]).map(\.levels) == [63])
        #expect(throws: EncodingError.self) { try encoded(Handmade(levels: 65)) }
        #expect(throws: EncodingError.self) { try encoded([Handmade(levels: 64)]) }
        let field: [UInt8] = [0xC4, 0x85] + Array("inner".utf8)
        let bomb = (0..<1000).flatMap { _ in field }
        #expect(decodingError(Handmade.self, from: bomb)?.isDataCorrupted == true)
    }

    @Test("super encoders in each other: 64 levels pass, 65 are an error both ways")
    func superEncoders() throws {
        struct Tower: Codable, Equatable {
            var levels: Int

            init(levels: Int) { self.levels = levels }

            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                levels = 1
                while !container.isAtEnd {
                    container = try container.superDecoder().unkeyedContainer()
                    levels += 1
                }
            }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.unkeyedContainer()
                for _ in 1..<levels { container = container.superEncoder().unkeyedContainer() }
            }
        }
        expectRoundTrip(Tower(levels: 64))
        #expect(throws: EncodingError.self) { try encoded(Tower(levels: 65)) }
        #expect(decodingError(Tower.self, from: Self.nested(65))?.isDataCorrupted == true)
    }

    @Test("D5: 64 levels of a synthesised type fit a small stack")
    func smallStack() async throws {
        final class Node: Codable {
            var name: String
            var next: Node?
            init(_ next: Node?) {
                name = "node"
                self.next = next
            }
        }
        let failure = await onSmallStack {
            let node = (0..<63).reduce(Node(nil)) { node, _ in Node(node) }
            let message = try encoded(node)
            _ = try decoded(Node.self, from: message)
            _ = try decoded(NoFields.self, from: message)
            _ = try decoded(Tree.self, from: encoded(Tree.of(31)))
            _ = try decoded(Chain.self, from: encoded(Chain.of(64)))
            _ = try? decoded(Chain.self, from: DepthTests.nested(10_000))
        }
        #expect(failure == nil)
    }

    /// Optimised code must do with the 128 KiB that musl gives a thread; without optimisation frames are several
    /// times larger.
    private func onSmallStack(_ body: @escaping @Sendable () throws -> Void) async -> String? {
        await suspended { continuation in
            let thread = Thread {
                do {
                    try body()
                    continuation.resume(returning: nil)
                } catch {
                    continuation.resume(returning: "\(error)")
                }
            }
            #if DEBUG
            thread.stackSize = 1024 * 1024
            #else
            thread.stackSize = 128 * 1024
            #endif
            thread.start()
        }
    }
}
