import ActorClusterTesting
import Foundation

/// A value with something of everything, as deep as chance will have it. JSON can represent it, too.
struct Specimen: Codable, Equatable {
    var integer: Int
    var narrow: Int8
    var unsigned: UInt64
    var text: String
    var flag: Bool
    var ratio: Double
    var single: Float
    var bytes: [UInt8]
    var numbers: [Int32]
    var doubles: [Double]
    var texts: [String]
    var maybeInteger: Int?
    var maybeText: String?
    var maybeSpecimens: [Specimen]?
    var colour: Colour?
    var shapes: [Shape]
    var table: [String: Int]
    var numbered: [Int: String]
    var coloured: [Colour: Bool]
    var children: [Specimen]
    var named: [String: Specimen]
    var twig: Twig
    var found: Found

    /// Foundation's types.
    struct Found: Codable, Equatable {
        var date: Date
        var data: Data
        var url: URL?
        var decimal: Decimal
        var uuid: UUID
        var range: ClosedRange<Int>
    }

    indirect enum Twig: Codable, Equatable {
        case bud
        case leaf(String, size: Double?)
        case fork(Twig, Twig)
    }
}

/// What JSON cannot represent.
struct Exotic: Codable, Equatable {
    var bits: [UInt64]
    var wide: Int128
    var positive: UInt128
    var deep: Int???
    var deepList: [Int??]
    var wrapped: Wrapper<Wrapper<Int?>>
    var keys: TwoKeyTypes?
    var woven: InterleavedContainerTests.Woven?
    var cat: Cat?
    var dog: Dog?
    var set: Set<Int>
    var components: DateComponents?

    private enum CodingKeys: CodingKey {
        case bits, wide, positive, deep, deepList, wrapped, keys, woven, cat, dog, set, components
    }
}

/// Random values that a seed repeats.
struct RandomSpecimens {
    var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func below(_ bound: Int) -> Int { generator.below(bound) }
    mutating func chance(_ oneIn: Int) -> Bool { below(oneIn) == 0 }

    mutating func maybe<Value>(_ make: (inout RandomSpecimens) -> Value) -> Value? {
        chance(2) ? nil : make(&self)
    }

    mutating func list<Value>(upTo bound: Int, _ make: (inout RandomSpecimens) -> Value) -> [Value] {
        (0..<below(bound + 1)).map { _ in make(&self) }
    }

    /// Of any size, and often at an edge.
    mutating func bits() -> UInt64 {
        let bits = generator.next() >> UInt64(below(64))
        return switch below(8) {
        case 0: UInt64(1) << UInt64(below(64))
        case 1: (UInt64(1) << UInt64(below(64))) - 1
        case 2: ~bits
        default: bits
        }
    }

    mutating func integer() -> Int { Int(truncatingIfNeeded: bits()) }

    mutating func double() -> Double {
        let edges = [0, -0.0, 1, -1.5, 0.1, .pi, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
        let any = Double(bitPattern: generator.next())
        return chance(2) || !any.isFinite ? edges[below(edges.count)] : any
    }

    mutating func text() -> String {
        let pieces = ["a", "Z", " ", "\"", "\\", "\n", "\u{0}", "é", "e\u{301}", "漢字", "👩‍👩‍👧‍👦", "🇺🇦", "long text "]
        var text = list(upTo: 6) { $0.chance(1) ? pieces[$0.below(pieces.count)] : "" }.joined()
        if chance(20) { text += String(repeating: "x", count: 50 + below(300)) }
        return text
    }

    mutating func shape() -> Shape {
        switch below(3) {
        case 0: .nothing
        case 1: .text(text())
        default: .point(x: integer(), y: integer())
        }
    }

    mutating func twig(_ depth: Int) -> Specimen.Twig {
        switch below(depth > 4 ? 2 : 3) {
        case 0: .bud
        case 1: .leaf(text(), size: maybe { $0.double() })
        default: .fork(twig(depth + 1), twig(depth + 1))
        }
    }

    mutating func found() -> Specimen.Found {
        let lower = below(1000)
        return Specimen.Found(
            date: Date(timeIntervalSinceReferenceDate: Double(integer() >> 20) / 1024),
            data: Data(list(upTo: 20) { UInt8(truncatingIfNeeded: $0.integer()) }),
            url: URL(string: "https://example.org/\(below(1000))?q=\(below(10))"),
            decimal: Decimal(integer()) / 1000, uuid: uuid(), range: lower...(lower + below(1000)))
    }

    /// Not `UUID()`: the seed shall repeat it.
    mutating func uuid() -> UUID {
        let bytes = (0..<16).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }

    mutating func specimen(depth: Int = 0) -> Specimen {
        let children = depth > 2 || !chance(4) ? 0 : 2
        return Specimen(
            integer: integer(), narrow: Int8(truncatingIfNeeded: integer()), unsigned: bits(), text: text(),
            flag: chance(2), ratio: double(), single: Float(below(1000)) / 8,
            bytes: list(upTo: 20) { UInt8(truncatingIfNeeded: $0.integer()) },
            numbers: list(upTo: 5) { Int32(truncatingIfNeeded: $0.integer()) }, doubles: list(upTo: 4) { $0.double() },
            texts: list(upTo: 3) { $0.text() }, maybeInteger: maybe { $0.integer() }, maybeText: maybe { $0.text() },
            maybeSpecimens: maybe { $0.list(upTo: children) { $0.specimen(depth: depth + 1) } },
            colour: maybe { $0.colour() }, shapes: list(upTo: 3) { $0.shape() },
            table: dictionary { ($0.text(), $0.integer()) }, numbered: dictionary { ($0.integer(), $0.text()) },
            coloured: dictionary { ($0.colour(), $0.chance(2)) },
            children: list(upTo: children) { $0.specimen(depth: depth + 1) },
            named: dictionary(upTo: children) { ($0.text(), $0.specimen(depth: depth + 1)) }, twig: twig(0),
            found: found())
    }

    mutating func colour() -> Colour { [Colour.red, .green, .blue][below(3)] }

    mutating func dictionary<Key: Hashable, Value>(
        upTo bound: Int = 3, _ make: (inout RandomSpecimens) -> (Key, Value)
    ) -> [Key: Value] {
        Dictionary(list(upTo: bound, make), uniquingKeysWith: { first, _ in first })
    }

    mutating func exotic() -> Exotic {
        Exotic(
            bits: list(upTo: 3) { $0.bits() }, wide: Int128(integer()) * Int128(integer()),
            positive: UInt128(bits()) << UInt128(below(65)), deep: [nil, .some(nil), .some(.some(nil)), 7][below(4)],
            deepList: list(upTo: 4) { [nil, .some(nil), 300][$0.below(3)] },
            wrapped: Wrapper(Wrapper(maybe { $0.integer() })), keys: maybe { _ in TwoKeyTypes() },
            woven: maybe { generator in .init((0..<5).map { _ in generator.integer() }) },
            cat: maybe { Cat(legs: $0.integer(), name: $0.text()) },
            dog: maybe { Dog(legs: $0.integer(), name: $0.text()) },
            set: Set(list(upTo: 5) { $0.integer() }), components: maybe { DateComponents(year: $0.below(3000)) })
    }
}
