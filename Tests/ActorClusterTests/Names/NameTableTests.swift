import ActorCluster
import Testing

@Suite("NameTable")
struct NameTableTests {
    private static func id(_ process: UInt64, _ number: UInt64 = 1) -> ActorID {
        ActorID(scope: .incarnation(process), number: number)
    }

    private static func actor(_ name: String, _ process: UInt64, _ number: UInt64 = 1, type: String = "T") -> NamedActor
    {
        NamedActor(name: name, type: type, id: id(process, number))
    }

    private static func worker(_ number: UInt64) -> WorkerID { WorkerID(group: "g", slot: 0, incarnation: number) }

    /// With the processes 1 and 2.
    private static func table(names: Int = 3, changes: Int = 4, page: Int = 1_000) -> NameTable {
        var table = NameTable(namesPerProcess: names, changesKept: changes, pageBytes: page)
        table.began(worker(1))
        table.began(worker(2))
        return table
    }

    @Test("a name belongs to the first that takes it, who may take it again, until it is released")
    func taken() {
        var table = Self.table()
        #expect(table.register(Self.actor("a", 1)) == nil)
        #expect(table.register(Self.actor("a", 1)) == nil)
        #expect(table.last == 1, "nothing changes the second time")
        let refusal = NameTable.Refusal.taken(by: Self.worker(1), Self.id(1))
        #expect(table.register(Self.actor("a", 2)) == refusal)
        #expect(table.register(Self.actor("a", 1, 2)) == refusal, "another actor of that process")
        #expect(table.register(Self.actor("b", 1)) == nil, "another name of that actor")
        table.resigned(Self.id(2))
        #expect(table.count == 2)
        table.resigned(Self.id(1))
        #expect(table.count == 0)
        #expect(table.register(Self.actor("a", 2)) == nil)
    }

    @Test("a name can be taken from the actor that has it, and from no other; its other names stay")
    func unregistered() {
        var table = Self.table()
        for name in ["a", "b"] { #expect(table.register(Self.actor(name, 1)) == nil) }
        for other in [Self.id(1, 2), Self.id(2)] { #expect(table.unregister("a", of: other) == false) }
        #expect(table.last == 2, "nothing has changed")
        #expect(table.unregister("a", of: Self.id(1)) == true)
        #expect(table.unregister("a", of: Self.id(1)) == false, "it has it no more")
        #expect(table.actor(named: "a") == nil && table.actor(named: "b") != nil)
        #expect(table.news(of: "T", .since(2)) == .steps([NameStep(name: "a", id: nil)], at: 3))
        #expect(table.register(Self.actor("a", 2)) == nil)
    }

    @Test("a process takes its names with it, and gets no more")
    func processEnds() {
        var table = Self.table()
        _ = table.register(Self.actor("a", 1))
        _ = table.register(Self.actor("b", 1, 2))
        _ = table.register(Self.actor("c", 2))
        table.ended(Self.worker(1))
        #expect(table.actor(named: "a") == nil && table.actor(named: "b") == nil)
        #expect(table.actor(named: "c") == Self.actor("c", 2))
        #expect(table.register(Self.actor("d", 1)) == .processIsGone)
        let pool = NamedActor(name: "e", type: "T", id: ActorID(scope: .pool(0), number: 0))
        #expect(table.register(pool) == .processIsGone)
        table.ended(Self.worker(1))
        #expect(table.processCount == 1)
    }

    @Test("an actor that is gone gives its name to another one of its process, and to no other's")
    func replacing() {
        var table = Self.table()
        _ = table.register(Self.actor("a", 1))
        let refusal = NameTable.Refusal.taken(by: Self.worker(1), Self.id(1))
        #expect(table.register(Self.actor("a", 2), replacing: Self.id(1)) == refusal)
        #expect(table.register(Self.actor("a", 1, 2), replacing: Self.id(1, 9)) == refusal)
        #expect(table.register(Self.actor("a", 1, 2), replacing: Self.id(1)) == nil)
        table.resigned(Self.id(1))
        #expect(table.actor(named: "a") == Self.actor("a", 1, 2), "the news of its end comes later")
    }

    @Test("a process has as many names as it may, and one more when one is gone")
    func limit() {
        var table = Self.table()
        for name in ["a", "b", "c"] { #expect(table.register(Self.actor(name, 1, 1)) == nil) }
        #expect(table.register(Self.actor("d", 1, 2)) == .tooMany(limit: 3))
        #expect(table.register(Self.actor("d", 2)) == nil, "another process")
        table.resigned(Self.id(1))
        #expect(table.register(Self.actor("e", 1, 2)) == nil)
    }

    @Test("changes are told from where a reader is, of its type only; what is not kept is counted")
    func changes() {
        var table = Self.table()
        _ = table.register(Self.actor("a", 1))
        _ = table.register(Self.actor("x", 2, type: "Other"))
        #expect(table.news(of: "T", .since(0)) == .steps([NameStep(name: "a", id: Self.id(1))], at: 2))
        #expect(table.news(of: "T", .since(1)) == .nothing(at: 2))
        table.resigned(Self.id(1))
        #expect(table.news(of: "T", .since(2)) == .steps([NameStep(name: "a", id: nil)], at: 3))
        #expect(table.changes(since: 1).map(\.actor.name) == ["x", "a"])
        for number in 0..<20 {
            _ = table.register(Self.actor("\(number % 2)", 1, UInt64(number + 10)))
            table.resigned(Self.id(1, UInt64(number + 10)))
        }
        guard case .missed(let count) = table.news(of: "T", .since(3)) else {
            Issue.record("it knows all changes")
            return
        }
        #expect(count >= 40 - 2 * 4 && count <= 40 - 4)
        #expect(table.news(of: "T", .since(99)) == .nothing(at: table.last))
    }

    @Test("an answer has no more than fits; a reader who asks on gets all of it, each once")
    func pages() {
        var table = Self.table(names: 1_000, changes: 1_000, page: 100)
        var view = NameView()
        for number in 0..<20 { _ = table.register(Self.actor("\(number)", 1)) }
        var questions = 0
        while view.question != .since(20) {
            view.receive(table.news(of: "T", view.question))
            questions += 1
        }
        #expect((7...10).contains(questions), "two or three names of some 33 bytes fit")
        guard case .all(let names)? = view.take() else {
            Issue.record("no list")
            return
        }
        #expect(names.count == 20 && view.take() == nil)
        for number in 20..<30 { _ = table.register(Self.actor("\(number)", 1)) }
        var told: [NameView.Change] = []
        while case .steps(let steps, let number) = table.news(of: "T", view.question) {
            #expect(steps.count <= 3)
            view.receive(.steps(steps, at: number))
            while let change = view.take() { told.append(change) }
        }
        #expect(told == (20..<30).map { .registered("\($0)", Self.id(1)) })
    }

    @Test("what changes while a list is told in parts is told, and a reader that missed something gets a list anew")
    func view() {
        var view = NameView()
        view.receive(.list([NameStep(name: "a", id: Self.id(1))], at: 1, rest: "a"))
        #expect(view.take() == nil && view.question == .list(after: "a"))
        view.receive(.list([NameStep(name: "c", id: Self.id(2))], at: 3, rest: nil))
        #expect(view.take() == .all(["a": Self.id(1), "c": Self.id(2)]))
        #expect(view.question == .since(1))
        // Of these two the second part of the list knew one.
        view.receive(.steps([NameStep(name: "a", id: nil), NameStep(name: "c", id: Self.id(2))], at: 3))
        #expect(view.take() == .gone("a"))
        #expect(view.take() == nil)
        view.receive(.missed(7))
        #expect(view.take() == .missed(7) && view.question == .list(after: nil))
        view.receive(.list([NameStep(name: "b", id: Self.id(1))], at: 12, rest: nil))
        #expect(view.take() == .all(["b": Self.id(1)]))
        #expect(view.question == .since(12))
    }
}
