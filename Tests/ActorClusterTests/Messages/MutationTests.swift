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

    /// What one of so many mutated messages gave besides values and errors that may be; `nil`: nothing.
    static func firstFailure(of samples: [Sample], rounds: Int, seed: UInt64) -> String? {
        var random = SeededGenerator(seed: seed)
        for round in 0..<rounds {
            let sample = samples[random.below(samples.count)]
            let reading = random.below(8) == 0 ? samples[random.below(samples.count)] : sample
            var message = sample.message
            for _ in 0..<(random.below(8) == 0 ? 5 : 1) { random.mutate(&message, tokens: tokens) }
            do {
                try reading.read(message)
            } catch is DecodingError {
            } catch is Reversed.Surprise {
            } catch {
                return "round \(round): \(error) from \(message)"
            }
        }
        return nil
    }

    private static let tokens = [0xC4, 0xC5, 0xC6, 0xC1, 0xC0, 0xCE, 0xCD, 0xC7, 0, 0x81, 0xFF].map { [$0 as UInt8] }

    @Test(
        "D7: 200,000 mutated messages never trap", .timeLimit(.minutes(TestLength.minutes)),
        arguments: 0..<4 as Range<UInt64>)
    func mutations(_ part: UInt64) throws {
        let seed = TestLength.seed &+ part
        let samples = try Self.samples()
        let rounds = TestLength.rounds(200_000, long: 10_000_000) / 4
        var failure: String?
        let time = cpuTime { failure = Self.firstFailure(of: samples, rounds: rounds, seed: seed) }
        print("mutations of messages: \(rounds) from seed \(seed) in \(time)")
        if let failure { Issue.record("seed \(seed), \(failure)") }
    }

    /// Fails otherwise than it may, for a few of the values that it can have.
    struct Canary: Codable {
        struct Found: Error {}

        var number = 1

        init() {}

        init(from decoder: any Decoder) throws {
            number = try decoder.singleValueContainer().decode(Int.self)
            if number == 77 { throw Found() }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(number)
        }
    }

    @Test("a defect that one value of a hundred shows is found by less", .timeLimit(.minutes(TestLength.minutes)))
    func canary() throws {
        let samples = try Self.samples() + [Sample(Canary())]
        let failure = Self.firstFailure(of: samples, rounds: 50_000, seed: TestLength.usualSeed)
        #expect(failure?.contains("Found") == true)
    }
}
