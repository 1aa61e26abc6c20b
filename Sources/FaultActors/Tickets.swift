public import ActorCluster
public import Distributed

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A value of which each build of a program has its own structure; which build this process is of, `VERSION` says. What
/// goes between processes is what the compiler makes of that structure, and nothing else.
public struct Ticket: Codable, Sendable {
    private struct First: Codable {
        var number = 7
        var title = "paint"
    }

    /// With a field that may be missing.
    private struct Second: Codable {
        var number = 7
        var priority: Int? = 3
        var title = "paint"
    }

    /// With a field that must not.
    private struct Third: Codable {
        var number = 7
        var title = "paint"
        var owner = "Ann"
    }

    private enum Fields {
        case first(First)
        case second(Second)
        case third(Third)
    }

    private static let build = getenv("VERSION").flatMap { Int(String(cString: $0)) } ?? 1
    private let fields: Fields

    /// One of this build.
    public init() {
        switch Self.build {
        case 1: fields = .first(First())
        case 2: fields = .second(Second())
        default: fields = .third(Third())
        }
    }

    /// As this build has it.
    public init(from decoder: any Decoder) throws {
        switch Self.build {
        case 1: fields = .first(try First(from: decoder))
        case 2: fields = .second(try Second(from: decoder))
        default: fields = .third(try Third(from: decoder))
        }
    }

    /// As this build has it.
    public func encode(to encoder: any Encoder) throws {
        switch fields {
        case .first(let first): try first.encode(to: encoder)
        case .second(let second): try second.encode(to: encoder)
        case .third(let third): try third.encode(to: encoder)
        }
    }

    /// Its fields.
    public var words: String {
        switch fields {
        case .first(let first): "\(first.number) \(first.title)"
        case .second(let second):
            "\(second.number) \(second.title), priority \(second.priority.map { "\($0)" } ?? "none")"
        case .third(let third): "\(third.number) \(third.title), owner \(third.owner)"
        }
    }
}

/// Gives and reads tickets.
public distributed actor Clerk {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    /// One of this process's build.
    public distributed func issue() -> Ticket { Ticket() }

    /// What this process's build reads.
    public distributed func read(_ ticket: Ticket) -> String { ticket.words }

    /// This one, by the address of its process.
    public distributed func itself() -> Clerk { self }

    /// What another one reads of this one's ticket, and this one of the other's; or how that ends.
    public distributed func exchange(with other: Clerk) async -> [String] {
        [await Self.outcome { try await other.read(Ticket()) }, await Self.outcome { try await other.issue().words }]
    }

    private static func outcome(of call: () async throws -> String) async -> String {
        do {
            return try await call()
        } catch {
            return "\(error)"
        }
    }
}

extension Groups {
    /// Workers whose builds may differ in a structure.
    public static let clerks = WorkerGroup("clerks") { worker in Clerk(actorSystem: worker.actorSystem) }
}
