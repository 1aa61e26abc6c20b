import ActorCluster
import ActorClusterTesting
import Distributed
import Testing

@Suite("TargetTable", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct TargetTableTests {
    let table: TargetTable

    init() throws { table = try TargetTable.ofThisBinary.get() }

    /// The methods that may be called on a type, without module, type and argument types.
    private func methods(of type: any Any.Type, where isIncluded: (Target) -> Bool = { _ in true }) -> [String] {
        table.targets(of: type).all.filter(isIncluded)
            .map { table.readableName(of: $0.name) }
            .map { $0.split(separator: ".").last.map(String.init) ?? $0 }
            .sorted()
    }

    // MARK: - The whole table

    @Test("names are sorted, each is there once, and its index is its number")
    func numbers() {
        #expect(table.names == Array(Set(table.names)).sorted())
        for (index, name) in table.names.enumerated() { #expect(table.number(of: name) == index) }
        for target in table.targets(of: Bank.self).all {
            #expect(table.names[target.number] == target.name)
            #expect(table.targets(of: Bank.self).target(numbered: target.number) == target)
            #expect(table.targets(of: Bank.self).target(named: target.name) == target)
        }
    }

    @Test("reading the binary twice gives the same fingerprint; one name more or less gives another")
    func fingerprint() throws {
        let records = try TargetRecords.read()
        #expect(TargetTable(records).fingerprint == table.fingerprint)
        #expect(TargetTable(records.shuffled()).fingerprint == table.fingerprint)
        #expect(TargetTable(records.dropLast()).fingerprint != table.fingerprint)
        #expect(TargetTable([]).fingerprint == 0xCBF2_9CE4_8422_2325)
    }

    @Test("a fingerprint depends on where one name ends and the next begins")
    func fingerprintOfBoundaries() {
        #expect(
            TargetTable([named("ab"), named("c")]).fingerprint != TargetTable([named("a"), named("bc")]).fingerprint)
    }

    @Test("the address of a name leads to its bytes")
    func nameAddresses() throws {
        for target in table.targets(of: Speller.self).all {
            let bytes = try #require(UnsafePointer<CChar>(bitPattern: target.nameAddress))
            #expect(String(cString: bytes) == target.name)
        }
    }

    @Test("a name for people is made of the table's own bytes, even if a peer's are equal by Unicode's rules")
    func readableNames() throws {
        let name = try #require(table.names.first { $0.contains("4BankC8transfer") })
        #expect(table.readableName(of: name) == "ActorClusterTests.Bank.transfer(_:to:)")
        let kelvin = name.replacing("K", with: "\u{212A}")
        #expect(kelvin == name && Array(kelvin.utf8) != Array(name.utf8))
        #expect(table.readableName(of: kelvin) == "ActorClusterTests.Bank.transfer(_:to:)")
    }

    // MARK: - Own methods

    @Test("an actor's targets are its distributed methods, computed properties and extensions, nothing else")
    func ownMethods() {
        #expect(
            methods(of: Bank.self) == [
                "balance()", "deposit(_:)", "fromExtension()", "refused()", "secret()", "transfer(_:to:)", "twice(_:)",
            ])
        #expect(methods(of: Empty.self) == [])
        #expect(methods(of: Ordinary.self) == [])
        #expect(methods(of: Int.self) == [])
    }

    @Test("a method of a nested actor with the same prefix is not callable on the outer one, nor the other way round")
    func nestedActor() {
        let outer = table.targets(of: Bank.self), inner = table.targets(of: Bank.Vault.self)
        #expect(methods(of: Bank.Vault.self) == ["deposit(_:)", "owner()"])
        for target in inner.all { #expect(outer.target(named: target.name) == nil) }
        for target in outer.all { #expect(inner.target(named: target.name) == nil) }
        for target in inner.all { #expect(outer.target(numbered: target.number) == nil) }
    }

    @Test("actors of the same name in other places have their own targets")
    func sameName() {
        #expect(methods(of: Namespace.Bank.self) == ["deposit(_:)"])
        let deposits = [Bank.self, Bank.Vault.self, Namespace.Bank.self, hiddenBank] as [any Any.Type]
        let names = deposits.flatMap { table.targets(of: $0).all }.map(\.name).filter { $0.contains("deposit") }
        #expect(Set(names).count == 4)
    }

    @Test("private and local actors have their own targets")
    func hiddenActors() {
        #expect(methods(of: hiddenBank) == ["deposit(_:)", "shop(_:then:)"])
        #expect(table.targets(of: localBank()).all.map(\.argumentCount) == [1])
        #expect(table.targets(of: otherLocalBank()).all.map(\.argumentCount) == [1])
        #expect(table.targets(of: localBank()).all != table.targets(of: otherLocalBank()).all)
    }

    @Test("methods that take and return other actors belong to their own actor")
    func otherActorsInSignatures() {
        #expect(methods(of: Shop.self) == ["first(_:)", "neighbours(_:_:)", "owner()", "pay(_:for:)"])
    }

    @Test("a method is found however its types are spelled")
    func spellings() {
        let names = methods(of: Speller.self).map { String($0.prefix { $0 != "(" }) }
        #expect(
            names == [
                "classes", "constrained", "crowd", "existentials", "functions", "größe", "imported", "manyOthers",
                "names",
                "nested", "numbers", "objects", "optionals", "packs", "standard", "tuples",
            ])
    }

    @Test("a generic method is there, and marked, so that it can be refused with its name")
    func genericMethods() {
        #expect(methods(of: Bank.self, where: \.isGeneric) == ["twice(_:)"])
        #expect(methods(of: Butler.self, where: \.isGeneric) == ["pair(_:)", "pair(_:)"])
    }

    @Test("argument counts are those the runtime finds in the names")
    func argumentCounts() {
        for type in [Bank.self, Shop.self, Speller.self, Butler.self, Shelf.self] as [any Any.Type] {
            for target in table.targets(of: type).all {
                #expect(target.argumentCount == Int(_getParameterCount(mangledMethodName: target.name)), "\(target)")
            }
        }
    }

    // MARK: - Protocols

    @Test("methods of a protocol and of its extensions are callable on the actors that conform, and on no other")
    func protocolMethods() {
        let ofGreeter = ["greet(_:)", "greetTwice(_:)", "introduce(_:)", "mood()", "pair(_:)"]
        #expect(methods(of: Rude.self, where: \.isProtocolRequirement) == ofGreeter)
        #expect(methods(of: Rude.self, where: { !$0.isProtocolRequirement }) == ["greet(_:)", "mood()", "pair(_:)"])
        #expect(methods(of: Shelf.self, where: \.isProtocolRequirement) == ["add(_:)", "addAll(_:from:id:)"])
        for type in [Bank.self, Shop.self, Empty.self, Speller.self, hiddenBank] as [any Any.Type] {
            #expect(methods(of: type, where: \.isProtocolRequirement) == [])
        }
    }

    @Test("a constrained protocol extension is callable only where the constraint holds")
    func constrainedExtensions() {
        #expect(methods(of: Butler.self).contains("bow()"))
        #expect(methods(of: Butler.self).contains("serve()"))
        #expect(!methods(of: Rude.self).contains("bow()"))
        #expect(!methods(of: Rude.self).contains("serve()"))
    }

    // MARK: - Refusals

    @Test("a generic actor has no targets, and the reason says what to do")
    func genericActors() throws {
        for type in [Generic<Int>.self, Generic<String>.self, Generic<Int>.Inner.self] as [any Any.Type] {
            #expect(methods(of: type) == [])
            let reason = try #require(table.refusalReason(for: type))
            #expect(reason.contains("generic") && reason.contains("use a distributed actor without"))
        }
        #expect(table.refusalReason(for: Int.self)?.contains("not an actor") == true)
        for type in [Bank.self, hiddenBank, localBank(), Butler.self] as [any Any.Type] {
            #expect(table.refusalReason(for: type) == nil)
        }
    }

    @Test("D9: a method of another actor is no target of this one, by name and by number")
    func foreignTargets() {
        let types = [Bank.self, Bank.Vault.self, Shop.self, Rude.self, Speller.self, hiddenBank] as [any Any.Type]
        for (index, type) in types.enumerated() {
            let own = table.targets(of: type)
            for other in types[(index + 1)...].flatMap({ table.targets(of: $0).all }) {
                #expect(own.target(named: other.name) == nil)
                #expect(own.target(numbered: other.number) == nil)
            }
        }
    }

    @Test("D9: many random names and numbers are never targets, and never reach the demangler")
    func randomNames() {
        var random = SeededGenerator(seed: 9)
        let targets = table.targets(of: Bank.self), known = Set(table.names)
        var found: [String] = [], changed: [String] = []
        for round in 0..<TestLength.rounds(100_000, unoptimized: 25_000, long: 1_000_000) {
            let name =
                round % 2 == 0 ? randomName(&random) : mutated(table.names.randomElement(using: &random), &random)
            if known.contains(name) { continue }
            if table.number(of: name) != nil || targets.target(named: name) != nil { found.append(name) }
            if table.readableName(of: name) != name { changed.append(name) }
            let number = Int.random(in: .min ... .max, using: &random)
            if !table.names.indices.contains(number), targets.target(numbered: number) != nil {
                found.append("\(number)")
            }
        }
        #expect(found == [] && changed == [])
    }

    @Test("D10: a function that is not distributed is not in the table")
    func localMethods() throws {
        for name in ["local", "anywhere", "localFromExtension", "nothing"] {
            let listed = table.names.filter { $0.hasPrefix("$s17ActorClusterTests") && $0.contains(name) }
            #expect(listed.allSatisfy { $0.contains("localFrom") || $0.contains("localBank") })
        }
        let secret = try #require(table.names.first { $0.contains("4BankC6secret") })
        let plainSymbol = String(secret.dropLast(2)), asLocal = secret.replacing("6secret", with: "5local")
        for name in [plainSymbol, asLocal, "$s17ActorClusterTests4BankC5localSiyF", "main", "swift_retain", ""] {
            #expect(table.number(of: name) == nil)
            #expect(table.targets(of: Bank.self).target(named: name) == nil)
        }
    }

    @Test("of two different methods with the same name, neither is callable")
    func duplicates() throws {
        let records = try TargetRecords.read()
        let secret = try #require(records.first { $0.name.contains("4BankC6secret") })
        let foreign = try #require(records.first { $0.name.contains("4ShopC5owner") })
        let impostor = TargetRecord(name: secret.name, nameAddress: 0, type: foreign.type, environment: nil)
        for doubled in [records + [impostor], [impostor] + records] {
            let doubtful = TargetTable(doubled)
            #expect(doubtful.names == table.names)
            #expect(doubtful.targets(of: Bank.self).target(named: secret.name) == nil)
            #expect(doubtful.targets(of: Shop.self).target(named: secret.name) == nil)
        }
        #expect(TargetTable(records + [secret]).targets(of: Bank.self).target(named: secret.name) != nil)
    }

    // MARK: -

    private func named(_ name: String) -> TargetRecord {
        TargetRecord(name: name, nameAddress: 0, type: MangledThunkType([]), environment: nil)
    }

    private func randomName(_ random: inout SeededGenerator) -> String {
        let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        return (Bool.random(using: &random) ? "$s" : "") + String(decoding: bytes, as: UTF8.self)
    }

    private func mutated(_ name: String?, _ random: inout SeededGenerator) -> String {
        var bytes = Array((name ?? "").utf8)
        for _ in 0...Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
            bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 33...126, using: &random)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension ActorTargets {
    /// Nil: no such method on this type.
    func target(named name: String) -> Target? { all.first { $0.name == name } }
}
