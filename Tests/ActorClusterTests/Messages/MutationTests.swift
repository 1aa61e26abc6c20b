import ActorCluster
import ActorClusterTesting
import Foundation
import Testing

/// Broken messages by chance: each must give a value or an error.
@Suite("Messages: mutations", .computing)
struct MutationTests {
    /// A message, and how to read it.
    struct Sample {
        let message: [UInt8]
        let read: ([UInt8]) throws -> Void

        init<T: Codable>(_ value: T) throws {
            message = try encoded(value)
            read = { message in
                let reader = MessageReader.borrow()
                defer { reader.giveBack() }
                _ = try message.withUnsafeBytes { try reader.read(T.self, from: $0) }
            }
        }
    }

    static func samples() throws -> [Sample] {
        [
            try Sample(Person.ada), try Sample([Person.ada, .ada]), try Sample(5), try Sample(UInt64.max),
            try Sample(Int128.min), try Sample("a short text"), try Sample(String(repeating: "é", count: 40)),
            try Sample([Shape.nothing, .text("t"), .point(x: 1, y: -1000)]), try Sample([1.5: [true], 2: []]),
            try Sample(["one": 1, "two": 2, "three": 3]), try Sample([Colour.red: 1, .blue: 2]),
            try Sample(Reversed()), try Sample([TwoKeyTypes(), TwoKeyTypes()]),
            try Sample([InterleavedContainerTests.Woven(), .init()]), try Sample(Dog(legs: 4, name: "Rex")),
            try Sample([Cat(legs: 4, name: "Tom"), Cat(legs: 3, name: "Tim")]), try Sample(Tree.of(20)),
            try Sample(Chain.of(60)),
            try Sample(Optionals(plain: 1, double: .some(nil), list: [1, nil], doubles: [nil, 1])),
            try Sample([[1, 2], []]), try Sample([1.0, 2.0]), try Sample(["a", "b"]),
            try Sample([UInt8]([1, 2, 3, 4])),
            try Sample([Wrapper<Int16>(5), Wrapper(-300)]), try Sample(Set([Int8(1), 2, 3])),
            try Sample(Data([1, 2, 3])), try Sample([Date(timeIntervalSinceReferenceDate: 1.25)]),
            try Sample(URL(string: "https://example.org/a")), try Sample(Decimal(12345)),
            try Sample([NoFields(), NoFields()]), try Sample([NoContainer()]),
            try Sample(TwoBuildsTests.old), try Sample(Int??.some(nil)),
            try Sample(DepthTests.Handmade(levels: 30)),
        ]
    }

    @Test(
        "D7: mutated messages never trap", .timeLimit(.minutes(RandomTests.minutes)),
        arguments: 0..<4 as Range<UInt64>)
    func mutations(_ part: UInt64) throws {
        let seed = RandomTests.seed &+ part
        var random = RandomSpecimens(seed: seed)
        let samples = try Self.samples()
        let rounds = (RandomTests.isLong ? 10_000_000 : 200_000) / 4
        for round in 0..<rounds {
            let sample = samples[random.below(samples.count)]
            let reading = random.chance(8) ? samples[random.below(samples.count)] : sample
            var message = sample.message
            for _ in 0..<(random.chance(8) ? 5 : 1) { random.mutate(&message) }
            do {
                try reading.read(message)
            } catch is DecodingError {
            } catch is Reversed.Surprise {
            } catch {
                Issue.record("seed \(seed), round \(round): \(error) from \(message)")
            }
        }
    }
}

extension RandomSpecimens {
    /// One change: a byte, a bit, a piece lost or doubled, a tag put in, the rest cut off, a huge length.
    mutating func mutate(_ message: inout [UInt8]) {
        guard !message.isEmpty else { return }
        let index = below(message.count)
        switch below(7) {
        case 0: message[index] = UInt8(truncatingIfNeeded: generator.next())
        case 1: message[index] ^= 1 << UInt8(below(8))
        case 2: message.removeSubrange(index..<min(message.count, index + below(9)))
        case 3:
            let tags: [UInt8] = [0xC4, 0xC5, 0xC6, 0xC1, 0xC0, 0xCE, 0xCD, 0xC7, 0, 0x81, 0xFF]
            message.insert(tags[below(tags.count)], at: index)
        case 4: message.removeSubrange(index...)
        case 5:
            let piece = message[index..<min(message.count, index + below(40))]
            message.insert(contentsOf: Array(piece), at: below(message.count))
        default: for index in index..<min(message.count, index + 4) { message[index] = 0xFF }
        }
    }
}
