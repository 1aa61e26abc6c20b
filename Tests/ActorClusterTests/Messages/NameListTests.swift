import ActorCluster
import ActorClusterTesting
import Testing

@Suite("Lists of names", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct NameListTests {
    private static func size(_ run: [String], of total: Int) throws -> Int {
        try OutgoingFrame.names(run, of: total).size
    }

    private static func sent(_ names: [String]) throws -> [String] {
        var list = NameList()
        let runs = NameList.runs(of: names)
        for (index, run) in runs.enumerated() {
            #expect(try size(run, of: names.count) <= Limits.frameFloor)
            #expect(try list.add(run, of: UInt64(names.count)) == (index == runs.count - 1))
        }
        return list.names
    }

    @Test("D14: a list of any length arrives whole, in frames below the lowest limit", arguments: [0, 1, 2, 5_000])
    func wholeLists(count: Int) throws {
        let names = (0..<count).map { "$s\($0)" + String(repeating: "n", count: $0 % 300) }
        #expect(try Self.sent(names) == names)
    }

    @Test("a name of the limit is sent; of one above it only the place is")
    func longNames() throws {
        let longest = String(repeating: "l", count: Limits.targetName)
        #expect(try Self.sent(["a", longest, longest + "l", "z"]) == ["a", longest, "", "z"])
        let many = Array(repeating: longest, count: 20)
        #expect(try Self.sent(many) == many)
    }

    @Test("D13: a list that is longer than it said, has no end, or has too long a name is a violation")
    func violations() throws {
        let violation = ProtocolViolation.unreadable(.names)
        var list = NameList()
        #expect(try !list.add(["a"], of: 3))
        let begun = list
        #expect(throws: violation) { try list.add(["b"], of: 4) }
        list = begun
        #expect(throws: violation) { try list.add(["b", "c", "d"], of: 3) }
        list = begun
        #expect(throws: violation) { try list.add([], of: 3) }
        list = NameList()
        #expect(throws: violation) { try list.add(["a"], of: UInt64(Limits.targets) + 1) }
        #expect(throws: violation) { try list.add(["a"], of: .max) }
        list = NameList()
        #expect(throws: violation) { try list.add([String(repeating: "l", count: Limits.targetName + 1)], of: 2) }
    }

    @Test("the bytes of all names are bounded")
    func bytes() throws {
        var list = NameList()
        let run = Array(repeating: String(repeating: "l", count: Limits.targetName), count: 16)
        let most = Limits.targetNames / Limits.targetName / 16
        for _ in 0..<most { _ = try list.add(run, of: UInt64(Limits.targets)) }
        #expect(throws: ProtocolViolation.unreadable(.names)) { try list.add(["a"], of: UInt64(Limits.targets)) }
    }
}
