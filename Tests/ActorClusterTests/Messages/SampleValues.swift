import Foundation
import Testing

struct Person: Codable, Equatable {
    var id: Int
    var name: String
    var isActive: Bool
    var score: Double
    var raw: [UInt8]

    static let ada = Person(id: 123_456, name: "Ada Lovelace", isActive: true, score: 3.25, raw: [1, 2, 3])
}

enum Colour: String, Codable, CodingKeyRepresentable {
    case red, green, blue
}

enum Shape: Codable, Equatable {
    case nothing
    case text(String)
    case point(x: Int, y: Int)
}

/// A value of any depth. Each step is one unkeyed container, and nothing else.
final class Chain: Codable, Equatable {
    let inner: Chain?

    init(_ inner: Chain?) { self.inner = inner }

    /// Containers in containers, `length` of them.
    static func of(_ length: Int) -> Chain { (1..<length).reduce(Chain(nil)) { chain, _ in Chain(chain) } }

    init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        inner = container.isAtEnd ? nil : try container.decode(Chain.self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        if let inner { try container.encode(inner) }
    }

    static func == (left: Chain, right: Chain) -> Bool { left.inner == right.inner }
}

indirect enum Tree: Codable, Equatable {
    case leaf
    case node(Tree)

    static func of(_ nodes: Int) -> Tree { (0..<nodes).reduce(.leaf) { tree, _ in .node(tree) } }
}

/// Reads its fields in another order than it writes them, and looks around first.
struct Reversed: Codable, Equatable {
    var first = 1
    var second = "two"
    var third = [3, 4]
    var fourth = Person.ada

    enum CodingKeys: CodingKey { case first, second, third, fourth, extra }

    struct Surprise: Error {}

    init() {}

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard container.contains(.fourth), !container.contains(.extra), container.allKeys.count == 4 else {
            throw Surprise()
        }
        fourth = try container.decode(Person.self, forKey: .fourth)
        third = try container.decode([Int].self, forKey: .third)
        guard try container.decodeIfPresent(Int.self, forKey: .extra) == nil else { throw Surprise() }
        second = try container.decode(String.self, forKey: .second)
        first = try container.decode(Int.self, forKey: .first)
        guard try container.decode(Person.self, forKey: .fourth) == fourth else { throw Surprise() }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(first, forKey: .first)
        try container.encode(second, forKey: .second)
        try container.encode(third, forKey: .third)
        try container.encode(fourth, forKey: .fourth)
    }
}

/// Writes with one key type and reads with another, whose cases are in another order.
struct TwoKeyTypes: Codable, Equatable {
    var width = 5
    var title = "title"

    private enum WriteKeys: CodingKey { case width, title }
    private enum ReadKeys: CodingKey { case title, width }

    init() {}

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: ReadKeys.self)
        title = try container.decode(String.self, forKey: .title)
        width = try container.decode(Int.self, forKey: .width)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: WriteKeys.self)
        try container.encode(width, forKey: .width)
        try container.encode(title, forKey: .title)
    }
}

class Animal: Codable {
    var legs: Int
    init(legs: Int) { self.legs = legs }
}

/// Its superclass is in a container of its own.
final class Dog: Animal, Equatable {
    var name: String

    enum CodingKeys: CodingKey { case name }

    init(legs: Int, name: String) {
        self.name = name
        super.init(legs: legs)
    }

    required init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        try super.init(from: container.superDecoder())
    }

    override func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try super.encode(to: container.superEncoder())
        try container.encode(name, forKey: .name)
    }

    static func == (left: Dog, right: Dog) -> Bool { left.legs == right.legs && left.name == right.name }
}

/// Its superclass shares its container.
final class Cat: Animal, Equatable {
    var name: String

    enum CodingKeys: CodingKey { case name }

    init(legs: Int, name: String) {
        self.name = name
        super.init(legs: legs)
    }

    required init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        try super.init(from: decoder)
    }

    override func encode(to encoder: any Encoder) throws {
        try super.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
    }

    static func == (left: Cat, right: Cat) -> Bool { left.legs == right.legs && left.name == right.name }
}

/// A value that is nothing but another.
struct Wrapper<Value: Codable & Equatable>: Codable, Equatable {
    var value: Value

    init(_ value: Value) { self.value = value }
    init(from decoder: any Decoder) throws { value = try decoder.singleValueContainer().decode(Value.self) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

struct NoFields: Codable, Equatable {}

/// Opens no container at all.
struct NoContainer: Codable, Equatable {
    init() {}
    init(from decoder: any Decoder) throws {}
    func encode(to encoder: any Encoder) throws {}
}

struct Optionals: Codable, Equatable {
    var plain: Int?
    var double: Int??
    var triple: Int???
    var flag: Bool?
    var text: String?
    var colour: Colour?
    var wide: Int128?
    var list: [Int?] = []
    var doubles: [Int??] = []
    var table: [String: Int?] = [:]
}

struct FoundationValues: Codable, Equatable {
    var date: Date
    var data: Data
    var datas: [Data]
    var url: URL
    var decimal: Decimal
    var uuid: UUID
    var components: DateComponents
    var range: Range<Int>
    var set: Set<String>
    var measurement: TimeInterval
    var locale: Locale

    static func sample() throws -> FoundationValues {
        FoundationValues(
            date: Date(timeIntervalSinceReferenceDate: 1.25), data: Data(0...255), datas: [Data(), Data([9])],
            url: try #require(URL(string: "https://example.org/a?b#c")),
            decimal: try #require(Decimal(string: "-12345678901234567890.0123456789")), uuid: UUID(),
            components: DateComponents(year: 2026, month: 2), range: 3..<9, set: ["a", "b"], measurement: 0.1,
            locale: Locale(identifier: "en_GB"))
    }
}
