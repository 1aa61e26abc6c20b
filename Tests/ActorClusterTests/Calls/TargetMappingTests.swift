import ActorCluster
import ActorClusterTesting
import Testing

@Suite("TargetMapping", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct TargetMappingTests {
    let table: TargetTable

    init() throws { table = try TargetTable.ofThisBinary.get() }

    private var own: [CalledTarget] { zip(table.names, 0...).map { CalledTarget(name: $0, number: $1) } }

    @Test("D14: with equal tables a number means the same on both sides, and none above the last means anything")
    func equalTables() {
        let mapping = TargetMapping(same: table)
        for target in own {
            #expect(mapping.number(of: target) == target.number)
            #expect(mapping.target(numbered: UInt64(target.number ?? 0)) == target)
        }
        #expect(mapping.number(of: CalledTarget(name: table.names[0], number: nil)) == nil)
        for number in [UInt64(table.names.count), 1 << 32, 1 << 63, .max] {
            #expect(mapping.target(numbered: number) == nil)
        }
    }

    @Test("D14: with other tables a number is the callee's, whatever its order, and there and back is the same method")
    func otherOrder() {
        var random = SeededGenerator(seed: 14)
        for _ in 0..<20 {
            let names = (table.names + ["$s4else5whereTE"]).shuffled(using: &random)
            let mapping = TargetMapping(table, peerNames: names)
            for target in own {
                let number = mapping.number(of: target)
                #expect(number.map { names[$0] } == target.name)
                #expect(mapping.target(numbered: UInt64(number ?? 0)) == target)
            }
            #expect(mapping.target(numbered: UInt64(names.count)) == nil)
        }
    }

    @Test("D8, D14: a method that the peer does not have has no number there")
    func missing() {
        let mapping = TargetMapping(table, peerNames: table.names.filter { !$0.contains("4BankC") })
        for target in own { #expect((mapping.number(of: target) == nil) == target.name.contains("4BankC")) }
        let empty = TargetMapping(table, peerNames: [])
        #expect(own.allSatisfy { empty.number(of: $0) == nil })
        #expect(empty.target(numbered: 0) == nil)
    }

    @Test("a method that only other processes have keeps its name on the way between them")
    func passedOn() {
        let caller = TargetMapping(table, peerNames: ["$s4else5whereTE"] + table.names)
        let callee = TargetMapping(table, peerNames: table.names + ["$s4else5whereTE"])
        let target = caller.target(numbered: 0)
        #expect(target == CalledTarget(name: "$s4else5whereTE", number: nil))
        #expect(target.flatMap(callee.number) == table.names.count)
        #expect(target.flatMap(TargetMapping(same: table).number) == nil)
    }

    @Test("D9: 100,000 random and mutated names from a peer are never one of the own methods")
    func randomNames() {
        var random = SeededGenerator(seed: 9)
        let known = Set(table.names)
        var names: [String] = []
        while names.count < 100_000 {
            var bytes = Array((table.names.randomElement(using: &random) ?? "").utf8)
            for _ in 0...Int.random(in: 0...3, using: &random) {
                bytes[.random(in: bytes.indices, using: &random)] = .random(in: 33...126, using: &random)
            }
            let name = String(decoding: bytes, as: UTF8.self)
            if !known.contains(name) { names.append(name) }
        }
        let mapping = TargetMapping(table, peerNames: names)
        #expect(own.allSatisfy { mapping.number(of: $0) == nil })
        #expect(names.indices.allSatisfy { mapping.target(numbered: UInt64($0))?.number == nil })
    }

    @Test("of two equal names the first counts, and an empty name is nobody's")
    func oddNames() {
        let mapping = TargetMapping(table, peerNames: ["", table.names[0], table.names[0]])
        #expect(mapping.number(of: own[0]) == 1)
        #expect(mapping.target(numbered: 2) == own[0])
        #expect(mapping.target(numbered: 0) == CalledTarget(name: "", number: nil))
    }

    @Test("the identifier of a call is found by its address and by its text")
    func identifiers() throws {
        for target in own { #expect(table.number(ofCalled: target.name) == target.number) }
        for target in table.targets(of: Bank.self).all {
            let address = try #require(UnsafePointer<UInt8>(bitPattern: target.nameAddress))
            #expect(table.number(ofCalled: String(cString: address)) == target.number)
        }
        #expect(table.number(ofCalled: "") == nil)
        #expect(table.number(ofCalled: "$s4else5whereTE") == nil)
    }
}
