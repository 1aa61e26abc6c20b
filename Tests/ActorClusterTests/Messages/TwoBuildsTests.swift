import ActorCluster
import ActorClusterTesting
import Testing

/// One struct in two builds of a program.
@Suite("Messages: two builds", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct TwoBuildsTests {
    enum Old {
        struct Job: Codable {
            var id: Int
            var options: [String: [Int]]
            var title: String
            var children: [Job]
        }
    }

    enum New {
        /// Without `options`, with `priority`, and in another order.
        struct Job: Codable {
            var title: String
            var priority: Int?
            var id: Int
            var children: [Job]
        }

        struct NeedsOwner: Codable {
            var id: Int
            var owner: String
        }

        struct TextID: Codable {
            var id: String
        }

        struct NarrowID: Codable {
            var id: Int8
        }
    }

    static let old = Old.Job(
        id: 1000, options: ["x": [1, 2]], title: "first",
        children: [
            Old.Job(id: 2, options: [:], title: "second", children: []),
            Old.Job(id: 3, options: ["y": []], title: "third", children: []),
        ])

    @Test("a field that only the older build has is skipped, one that only the newer has is nil")
    func olderToNewer() throws {
        let new = try decoded(New.Job.self, from: encoded(Self.old))
        #expect(new.id == 1000)
        #expect(new.title == "first")
        #expect(new.priority == nil)
        #expect(new.children.map(\.id) == [2, 3])
        #expect(new.children.map(\.title) == ["second", "third"])
    }

    @Test("a missing field is named, with the path to its container")
    func missingField() throws {
        let error = decodingError(New.NeedsOwner.self, from: try encoded(Self.old))
        #expect(error?.missingKey == "owner")
        #expect(error?.path == "")
        #expect(error?.text.contains("\"owner\"") == true)

        let new = try decoded(New.Job.self, from: encoded(Self.old))
        let below = decodingError(Old.Job.self, from: try encoded([new]))
        #expect(below?.isTypeMismatch == true)
        let deep = decodingError([[String: Old.Job]].self, from: try encoded([["a": new]]))
        #expect(deep?.missingKey == "options")
        #expect(deep?.path == "Index 0.a")
    }

    @Test("a field of another type is an error with its path, a wider integer is none")
    func otherType() throws {
        let error = decodingError(New.TextID.self, from: try encoded(Self.old))
        #expect(error?.isTypeMismatch == true)
        #expect(error?.path == "id")
        #expect(error?.text == "Expected String but found an integer.")
        #expect(decodingError(New.NarrowID.self, from: try encoded(Self.old))?.path == "id")

        struct Narrow: Codable { var id: Int16 }
        #expect(try decoded(New.NeedsNothing.self, from: encoded(Narrow(id: -300))).id == -300)
    }

    @Test("an error deep in the value has the whole path")
    func deepPath() throws {
        struct Written: Codable { var jobs: [[String: Old.Job]] }
        struct Read: Codable { var jobs: [[String: Job]] }
        struct Job: Codable { var children: [Child] }
        struct Child: Codable { var title: Bool }
        let error = decodingError(Read.self, from: try encoded(Written(jobs: [[:], ["a": Self.old]])))
        #expect(error?.isTypeMismatch == true)
        #expect(error?.path == "jobs.Index 1.a.children.Index 0.title")
    }

    @Test("the path leads into arrays and dictionaries that are read at once")
    func pathIntoCollections() throws {
        #expect(decodingError([String].self, from: [0xC5, 0x81, 0x61, 0x05, 0xC6])?.path == "Index 1")
        #expect(decodingError([String: Int].self, from: try encoded(["a": "b"]))?.path == "a")
        #expect(decodingError([String: String].self, from: try encoded(["a": nil] as [String: String?]))?.path == "a")
        #expect(decodingError([[String: Int]].self, from: try encoded([["a": true]]))?.path == "Index 0.a")
    }

    @Test("the path is right in containers that were nested by hand and are read by turns")
    func handmadePath() throws {
        enum Inner: CodingKey { case x, y }
        struct Read: Decodable {
            init(from decoder: any Decoder) throws {
                let outer = try decoder.container(keyedBy: InterleavedContainerTests.Outer.self)
                let left = try outer.nestedContainer(keyedBy: Inner.self, forKey: .left)
                let right = try outer.nestedContainer(keyedBy: Inner.self, forKey: .right)
                _ = try right.decode(Int.self, forKey: .x)
                #expect(right.codingPath.map(\.stringValue) == ["Index 0", "right"])
                _ = try left.decode(String.self, forKey: .x)
            }
        }
        let error = decodingError([Read].self, from: try encoded([InterleavedContainerTests.Woven()]))
        #expect(error?.path == "Index 0.left.x")
    }

    @Test("two structs that the newer build made one are read by one key type")
    func mergedTypes() throws {
        struct Circle: Codable { var name = "circle", radius = 1 }
        struct Square: Codable { var name = "square", side = 2 }
        struct Both: Encodable { var circle = Circle(), square = Square() }
        struct Figure: Codable, Equatable {
            var name: String
            var radius: Int?
            var side: Int?
        }
        // In the second element the same name has two numbers, by turns.
        let figures = try decoded([[String: Figure]].self, from: encoded([Both(), Both()]))
        #expect(figures.map { $0["circle"] } == [Figure](repeating: Figure(name: "circle", radius: 1), count: 2))
        #expect(figures.map { $0["square"] } == [Figure](repeating: Figure(name: "square", side: 2), count: 2))
    }

    @Test("an enum case that this build does not know is an error")
    func unknownCase() throws {
        enum Larger: Codable { case nothing, circle(radius: Int) }
        #expect(decodingError(Shape.self, from: try encoded(Larger.circle(radius: 1)))?.isTypeMismatch == true)
        enum Paint: String, Codable { case violet }
        #expect(decodingError([Colour].self, from: try encoded([Paint.violet]))?.isDataCorrupted == true)
    }

    @Test("fields without a value between the others do not make a large dictionary slow")
    func absentFields() throws {
        var message: [UInt8] = [0xC4]
        for number in 10_000..<30_000 {
            message += [0xC0, 1, 0x78, 0xC7, 0xC0, 1, 0x79, 0xC7, 0xC0, 5] + Array("\(number)".utf8) + [0xC3]
        }
        message.append(0xC6)
        let flags = try decoded([String: Bool].self, from: message)
        #expect(flags.count == 20_000)
    }

    @Test("many fields in the wrong order, and some missing")
    func manyFields() throws {
        let table = Dictionary(uniqueKeysWithValues: (0..<500).map { ("k\($0)", $0) })
        struct Some: Decodable {
            var k499: Int
            var k0: Int
            var none: Int?
            var k250: Int
            var k1: Int
        }
        let some = try decoded([Some].self, from: encoded([table, table]))
        #expect(some.count == 2)
        #expect(some.allSatisfy { $0.k499 == 499 && $0.k0 == 0 && $0.k250 == 250 && $0.k1 == 1 && $0.none == nil })
    }
}

extension TwoBuildsTests.New {
    struct NeedsNothing: Codable {
        var id: Int
    }
}
