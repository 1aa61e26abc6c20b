public import ActorCluster
public import Distributed
import Synchronization

/// Gives back what it gets: values of every shape that the runtime moves in another way.
public distributed actor Shapes {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    /// In this process.
    public init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    /// Nothing.
    public distributed func nothing() async { await Task.yield() }

    /// Of no bytes.
    public distributed func none(_ value: NoBytes) -> NoBytes { value }

    /// Of more bytes than most.
    public distributed func wide(_ value: Wide) async -> Wide {
        await Task.yield()
        return value
    }

    /// With a greater alignment than most.
    public distributed func aligned(_ value: Aligned) -> Aligned { value }

    /// With a greater alignment than most, in few bytes.
    public distributed func long(_ value: Int128) -> Int128 { value }

    /// One of several.
    public distributed func choice(_ value: Choice) -> Choice { value }

    /// With a count of references.
    public distributed func counted(_ value: Counted) async -> Counted {
        await Task.yield()
        return value
    }

    /// Several of them.
    public distributed func several(_ first: [Counted], _ second: Counted?, _ third: Wide) -> [Counted?] {
        first + [second, nil]
    }

    /// Throws instead of making one.
    public distributed func failToCount(_ value: Counted) throws -> Counted { throw ListedError(code: 1, hint: "c") }

    /// Throws instead of making one, with a type that it declares.
    public distributed func failToWiden(_ value: Wide) async throws(ListedError) -> Wide {
        await Task.yield()
        throw ListedError(code: 2, hint: "w")
    }

    /// Itself.
    public distributed func itself() -> Shapes { self }

    /// How many `Counted` there are in the process.
    public distributed func living() -> Int { Counted.living }
}

/// A value of no bytes.
public struct NoBytes: Codable, Hashable, Sendable {
    /// The only one.
    public init() {}
}

/// A value of 80 bytes.
public struct Wide: Codable, Hashable, Sendable {
    private var a, b, c, d, e, f, g, h: Int
    private var text: String

    /// Numbers from this one on, and a text.
    public init(_ first: Int, _ text: String) {
        (a, b, c, d) = (first, first + 1, first + 2, first + 3)
        (e, f, g, h) = (first + 4, first + 5, first + 6, first + 7)
        self.text = text
    }
}

/// A value of 32 bytes that lie at a multiple of 32.
public struct Aligned: Codable, Hashable, Sendable {
    private var numbers: SIMD4<Double>

    /// This number and the next ones.
    public init(_ first: Double) { numbers = [first, first + 1, first + 2, first + 3] }

    /// From its numbers.
    public init(from decoder: any Decoder) throws {
        numbers = SIMD4(try decoder.singleValueContainer().decode([Double].self))
    }

    /// Its numbers.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(numbers.indices.map { numbers[$0] })
    }
}

/// A value with a payload, or none.
public enum Choice: Codable, Hashable, Sendable {
    /// None.
    case nothing
    /// Of bits.
    case number(Double)
    /// Of references.
    case texts([String], more: String)
}

/// An object that counts how many there are.
public final class Counted: Codable, Sendable {
    private static let count = Atomic<Int>(0)
    static var living: Int { count.load(ordering: .relaxed) }

    /// What it holds.
    public let text: String

    /// With this text.
    public init(_ text: String) {
        self.text = text
        Self.count.wrappingAdd(1, ordering: .relaxed)
    }

    /// From its text.
    public init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
        Self.count.wrappingAdd(1, ordering: .relaxed)
    }

    /// Its text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    deinit { Self.count.wrappingSubtract(1, ordering: .relaxed) }
}
