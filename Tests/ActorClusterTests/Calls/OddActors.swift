import Distributed

/// Actors whose targets are hard to tell apart: same names, same prefixes, every place a declaration can stand in.
distributed actor Bank {
    typealias ActorSystem = SilentActorSystem

    distributed func deposit(_ amount: Int) -> Int { amount }
    distributed func transfer(_ amount: Int, to other: String) throws -> [Int] { [amount] }
    distributed var balance: Int { 0 }
    distributed func twice<Value: Codable & Sendable>(_ value: Value) -> Value { value }
    distributed func refused() throws(BankError) -> Int { throw BankError() }
    private distributed func secret() {}
    func local() -> Int { 0 }
    nonisolated func anywhere() -> Int { 0 }

    distributed actor Vault {
        typealias ActorSystem = SilentActorSystem
        distributed func deposit(_ amount: Int) -> Int { amount }
        distributed func owner() -> Bank? { nil }
    }
}

struct BankError: Error, Codable {}

extension Bank {
    distributed func fromExtension() {}
    func localFromExtension() {}
}

enum Namespace {
    distributed actor Bank {
        typealias ActorSystem = SilentActorSystem
        distributed func deposit(_ amount: Int) -> Int { amount }
    }
}

private distributed actor HiddenBank {
    typealias ActorSystem = SilentActorSystem
    distributed func deposit(_ amount: Int) -> Int { amount }
    distributed func shop(_ shop: Shop, then next: HiddenBank) -> HiddenBank { next }
}

let hiddenBank: any DistributedActor.Type = HiddenBank.self

func localBank() -> any DistributedActor.Type {
    distributed actor LocalBank {
        typealias ActorSystem = SilentActorSystem
        distributed func deposit(_ amount: Int) -> Int { amount }
    }
    return LocalBank.self
}

func otherLocalBank() -> any DistributedActor.Type {
    distributed actor LocalBank {
        typealias ActorSystem = SilentActorSystem
        distributed func withdraw(_ amount: Int) -> Int { amount }
    }
    return LocalBank.self
}

/// Methods that take and return other actors.
distributed actor Shop {
    typealias ActorSystem = SilentActorSystem
    distributed func owner() -> Bank? { nil }
    distributed func pay(_ bank: Bank, for customer: Shop) -> Int { 0 }
    distributed func first(_ bank: Bank) -> Shop { self }
    distributed func neighbours(_ banks: [String: [Bank?]], _ vault: Bank.Vault?) -> [Bank: Shop] { [:] }
}

distributed actor Empty {
    typealias ActorSystem = SilentActorSystem
    func nothing() {}
}

/// Not distributed at all.
actor Ordinary { func deposit(_ amount: Int) -> Int { amount } }

// MARK: - Generic actors

distributed actor Generic<Value: Codable & Sendable> {
    typealias ActorSystem = SilentActorSystem
    distributed func put(_ value: Value) -> Value { value }

    distributed actor Inner {
        typealias ActorSystem = SilentActorSystem
        distributed func put(_ value: Value) -> Value { value }
    }
}

extension Generic where Value == Int { distributed func onlyForInt() -> Int { 0 } }

// MARK: - Protocols

@Resolvable
protocol Greeter: DistributedActor where ActorSystem: DistributedActorSystem<any Codable & Sendable> {
    distributed func greet(_ name: String) -> String
    distributed var mood: String { get }
    distributed func pair<Value: Codable & Sendable>(_ value: Value) -> Value
}

protocol Polite {}

extension Greeter {
    distributed func greetTwice(_ name: String) -> String { name }
    /// The only actor class in the type of this method is an argument's.
    distributed func introduce(_ bank: Bank) -> Int { 0 }
}
extension Greeter where Self: Polite { distributed func bow() {} }
extension Greeter where Self == Butler { distributed func serve() {} }

distributed actor Butler: Greeter, Polite {
    typealias ActorSystem = SilentActorSystem
    distributed func greet(_ name: String) -> String { name }
    distributed var mood: String { "calm" }
    distributed func pair<Value: Codable & Sendable>(_ value: Value) -> Value { value }
}

distributed actor Rude: Greeter {
    typealias ActorSystem = SilentActorSystem
    distributed func greet(_ name: String) -> String { name }
    distributed var mood: String { "bad" }
    distributed func pair<Value: Codable & Sendable>(_ value: Value) -> Value { value }
}

protocol Storing: DistributedActor where ActorSystem == SilentActorSystem {
    associatedtype Item: Codable & Sendable
    distributed func add(_ item: Item) -> Item
}
extension Storing { distributed func addAll(_ items: [Item], from bank: Bank, id: ID) -> Item? { items.first } }

distributed actor Shelf: Storing {
    typealias ActorSystem = SilentActorSystem
    distributed func add(_ item: Int8) -> Int8 { item }
}
