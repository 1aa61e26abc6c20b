public import ActorCluster
public import Distributed

/// What a rogue worker's replies are read as. Each method's argument is the reply's bytes, which
/// `Misdeed.repliesAsTold` sends as they are.
public distributed actor Parrot {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    /// In this process.
    public init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    /// Read as a text.
    public distributed func text(_ reply: [UInt8]) -> String { "" }

    /// Read as a number of one byte.
    public distributed func number(_ reply: [UInt8]) -> Int8 { 0 }

    /// Read as bytes.
    public distributed func bytes(_ reply: [UInt8]) -> [UInt8] { [] }

    /// Read as numbers.
    public distributed func numbers(_ reply: [UInt8]) -> [Int64] { [] }

    /// Read as texts.
    public distributed func texts(_ reply: [UInt8]) -> [String] { [] }

    /// Read as nested arrays.
    public distributed func nest(_ reply: [UInt8]) -> Nest { Nest(depth: 1) }

    /// Read as one of a few.
    public distributed func mood(_ reply: [UInt8]) -> Mood { .calm }

    /// Read as fields.
    public distributed func error(_ reply: [UInt8]) -> ListedError { ListedError(code: 0, hint: "") }

    /// Read as nothing.
    public distributed func nothing(_ reply: [UInt8]) {}
}

/// Arrays in arrays.
public struct Nest: Codable, Hashable, Sendable {
    /// How many lie in each other.
    public let depth: Int

    /// So deep.
    public init(depth: Int) { self.depth = depth }

    /// The depth is what is found.
    public init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        depth = container.isAtEnd ? 1 : try container.decode(Nest.self).depth + 1
    }

    /// An array, with one less deep in it.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        if depth > 1 { try container.encode(Nest(depth: depth - 1)) }
    }
}

/// One of a few.
public enum Mood: String, Codable, Sendable {
    /// The usual.
    case calm
}
