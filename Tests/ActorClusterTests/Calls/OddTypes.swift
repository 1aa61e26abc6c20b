import Distributed

#if canImport(Glibc)
public import Glibc
#else
public import Darwin
#endif

/// Codable whatever its argument is, so that any spelling of a type can occur in a distributed method.
struct Anything<Value>: Codable, @unchecked Sendable {  // @unchecked: it has no stored property
    init() {}
    init(from decoder: any Decoder) {}
    func encode(to encoder: any Encoder) {}

    struct Inner<Other>: Codable, @unchecked Sendable {  // @unchecked: it has no stored property
        init() {}
        init(from decoder: any Decoder) {}
        func encode(to encoder: any Encoder) {}
    }

    struct Plain: Codable, Sendable {
        init() {}
        init(from decoder: any Decoder) {}
        func encode(to encoder: any Encoder) {}
    }
}

struct Several<each Value>: Codable, Sendable {
    init(from decoder: any Decoder) {}
    func encode(to encoder: any Encoder) {}
}

struct Sized<let size: Int>: Codable, Sendable {
    init(from decoder: any Decoder) {}
    func encode(to encoder: any Encoder) {}
}

struct Hashed<Value: Hashable>: Codable, Sendable {
    init(from decoder: any Decoder) {}
    func encode(to encoder: any Encoder) {}
}

struct Größe: Codable, Sendable {}
protocol Role {}
protocol OtherRole {}
class Parent {}
final class Child: Codable, Sendable {}

extension timespec: @retroactive Codable, @retroactive Hashable {
    /// Reads nothing.
    public init(from decoder: any Decoder) { self.init() }
    /// Writes nothing.
    public func encode(to encoder: any Encoder) {}
    /// Compares seconds.
    public static func == (left: timespec, right: timespec) -> Bool { left.tv_sec == right.tv_sec }
    /// Feeds nothing: all are in one bucket.
    public func hash(into hasher: inout Hasher) {}
}

/// Every spelling of a type that the compiler lets into a distributed method.
distributed actor Speller {
    typealias ActorSystem = SilentActorSystem

    distributed func numbers(_ a: Int8, _ b: UInt8, _ c: Int8, _ d: UInt8, _ e: Int16?) -> [Int8] { [] }
    distributed func optionals(_ a: Int??, _ b: [[Int?]?]?, _ c: [String: [Speller]]) -> [Speller: Bank] { [:] }
    distributed func standard(_ a: Duration, _ b: Range<Int>, _ c: Set<String>, _ d: Duration, _ e: Float?) -> Bank {
        preconditionFailure("never called")
    }
    distributed func names(_ a: Größe, größe b: Größe) -> Größe { a }
    distributed var größe: Größe { Größe() }
    distributed func classes(_ a: Child, _ b: Bank, _ c: Child) -> Child { a }

    distributed func existentials(
        _ a: Anything<any Role>, _ b: Größe, _ c: Anything<any Role & OtherRole>, _ d: Größe,
        _ e: Anything<any Hashable>, _ f: Anything<Any>, _ g: Bank
    ) -> Speller { self }
    distributed func objects(
        _ a: Anything<AnyObject>, _ b: Anything<any Role & AnyObject>, _ c: Anything<Größe.Type>,
        _ d: Anything<any Role.Type>, _ e: Anything<any Parent & Role>, _ f: Bank
    ) -> Speller { self }
    distributed func constrained(
        _ a: Anything<any Collection<Int>>, _ b: Größe, _ c: Anything<any Sequence<Größe> & Role>, _ d: Bank
    ) -> Speller { self }
    distributed func tuples(
        _ a: Anything<(Int, Größe)>, _ b: Anything<(x: Int, y: Größe)>, _ c: Anything<()>, _ d: Bank
    ) -> Speller { self }
    distributed func functions(
        _ a: Anything<() -> Void>, _ b: Anything<(Int, Größe) async throws -> Größe>,
        _ c: Anything<@Sendable (inout Int) throws -> Größe>, _ d: Anything<@MainActor () -> Int>,
        _ e: Anything<() throws(BankError) -> Int>, _ f: Anything<(sending Child) -> sending Child>,
        _ g: Anything<@isolated(any) (consuming Child, borrowing Child) -> Void>, _ h: Bank
    ) -> Speller { self }
    distributed func nested(
        _ a: Anything<Int>.Inner<Größe>, _ b: Anything<Größe>.Plain, _ c: Anything<Anything<Bank>.Inner<Int>>, _ d: Bank
    ) -> Speller { self }
    distributed func packs(
        _ a: Several<Int, Größe>, _ b: Several<>, _ c: Sized<4>, _ d: Sized<-4>, _ e: Bank
    ) -> Speller { self }
    distributed func imported(_ a: timespec, _ b: [timespec: Int], _ c: Hashed<timespec>, _ d: Bank) -> Speller { self }
    distributed func manyOthers(_ a: Bank, _ b: Bank.Vault, _ c: Shop, _ d: Empty, _ e: Butler, _ f: Rude) -> Shelf {
        preconditionFailure("never called")
    }
}

struct T01: Codable, Sendable {}
struct T02: Codable, Sendable {}
struct T03: Codable, Sendable {}
struct T04: Codable, Sendable {}
struct T05: Codable, Sendable {}
struct T06: Codable, Sendable {}
struct T07: Codable, Sendable {}
struct T08: Codable, Sendable {}
struct T09: Codable, Sendable {}
struct T10: Codable, Sendable {}
struct T11: Codable, Sendable {}
struct T12: Codable, Sendable {}
struct T13: Codable, Sendable {}
struct T14: Codable, Sendable {}

extension Speller {
    /// More than 26 substitutions: their numbers need another spelling.
    distributed func crowd(
        _ a: [T01], _ b: [T02], _ c: [T03], _ d: [T04], _ e: [T05], _ f: [T06], _ g: [T07], _ h: [T08], _ i: [T09],
        _ j: [T10], _ k: [T11], _ l: [T12], _ m: [T13], _ n: [T14], _ o: [T14], _ p: T14, _ q: T13, _ r: Bank,
        _ s: Bank, _ t: Bank
    ) -> [Bank] { [] }
}
