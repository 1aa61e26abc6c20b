import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

private struct Listed: Error, Codable, Equatable { var code: Int }
private struct OtherFields: Error, Codable { var name: String }
private struct Plain: Error, CustomStringConvertible { var description: String }
private struct Unwilling: Error, Codable {
    func encode(to encoder: any Encoder) throws { throw CancellationError() }
}

/// What a `Hello` looks like to the coder.
private struct SameFields: Codable {
    struct Assignment: Codable {
        var worker: WorkerID
        var pool: UInt32
        var frameLimit: Int
        var callTimeout: Duration
        var tags: Set<String>
        var printsToPipe: Bool
        var groups: [String]
        var posts: PostOptions
    }

    var fingerprint: UInt64
    var assignment: Assignment?
}

@Suite("Failures and hellos", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct FailureTests {
    private func sent<Value: Codable>(_ value: Value) throws -> Value {
        try Body.encode(value).withUnsafeBytes { try Body.decode(Value.self, from: $0) }
    }

    @Test("a text that fits stays as it is, a longer one ends before the scalar that does not fit")
    func truncated() {
        #expect("abc".truncated(toBytes: 3) == "abc")
        #expect("abc".truncated(toBytes: 2) == "ab")
        #expect("abc".truncated(toBytes: 0) == "")
        #expect("äöü".truncated(toBytes: 3) == "ä")
        #expect("a😀b".truncated(toBytes: 4) == "a")
        #expect("a😀b".truncated(toBytes: 5) == "a😀")
        #expect("".truncated(toBytes: 0) == "")
    }

    @Test("cutting never takes long and leaves valid text, whatever the text")
    func truncatesAnything() {
        let scalars = ["e\u{301}", "👨‍👩‍👧‍👦", "🇩🇪", "\u{301}", "\r\n", "z", "\u{200D}"]
        for scalar in scalars {
            let text = String(repeating: scalar, count: 20_000)
            let time = cpuTime {
                for limit in Limits.errorText..<(Limits.errorText + 8) {
                    let cut = text.truncated(toBytes: limit)
                    #expect(cut.utf8.count <= limit)
                    #expect(cut.utf8.count > limit - 4)
                    #expect(text.utf8.starts(with: cut.utf8))
                }
            }
            #expect(time < .seconds(1) * TestLength.patience)
        }
    }

    @Test("A3: of an error's type and text at most 4 KiB each cross the pipe")
    func bounded() {
        let failure = Failure(thrown: Plain(description: String(repeating: "x", count: 10_000)))
        #expect(failure.reason == .thrown)
        #expect(failure.text.utf8.count == Limits.errorText)
        #expect(failure.typeName.hasSuffix("Plain"))
        let long = String(repeating: "y", count: 10_000)
        #expect(Failure(.thrown, typeName: long, text: long).typeName.utf8.count == Limits.errorText)
    }

    @Test("a failure with both texts at their limits fits the smallest frame that may be set")
    func fitsTheSmallestFrame() throws {
        let long = String(repeating: "y", count: 10_000)
        let failure = Failure(.thrown, typeName: long, text: long, bytes: .max, limit: .max)
        #expect(try Body.encode(failure).count + 9 <= Limits.frameFloor)
    }

    @Test("a cancelled method's error crosses as a cancellation")
    func cancellation() {
        #expect(Failure(thrown: CancellationError()) == Failure(.cancelled))
    }

    @Test("a failure and a hello are read as they were written")
    func roundTrips() throws {
        var failure = Failure(.tooLarge, typeName: "T", text: "x", bytes: 5, limit: 4)
        failure.fields = [1, 2]
        #expect(try sent(failure) == failure)
        let worker = WorkerID(group: "g", slot: 3, incarnation: 9)
        var posts = PostOptions()
        posts.count = 7
        let assignment = SameFields.Assignment(
            worker: worker, pool: 2, frameLimit: 1 << 20, callTimeout: .milliseconds(2_500), tags: ["mail"],
            printsToPipe: true, groups: ["f", "g"], posts: posts)
        let bytes = try Body.encode(SameFields(fingerprint: .max, assignment: assignment))
        let hello = try bytes.withUnsafeBytes { try Body.decode(Hello.self, from: $0) }
        #expect(hello.fingerprint == .max)
        #expect(hello.assignment?.worker == worker)
        #expect(hello.assignment?.callTimeout == .milliseconds(2_500))
        #expect(hello.assignment?.tags == ["mail"] && hello.assignment?.printsToPipe == true)
        #expect(hello.assignment?.groups == ["f", "g"] && hello.assignment?.posts == posts)
        #expect(try sent(hello) == hello)
    }

    @Test("a listed error crosses as itself")
    func listed() throws {
        let types = ErrorTypes([Listed.self])
        let failure = try sent(Failure(thrown: Listed(code: 3), listed: types))
        #expect(types.decode(failure) as? Listed == Listed(code: 3))
    }

    @Test("an error that is not listed on both sides, does not encode or does not decode crosses as type and text")
    func notListed() throws {
        let types = ErrorTypes([Listed.self, Unwilling.self])
        let failure = Failure(thrown: Listed(code: 3), listed: types)
        #expect(Failure(thrown: OtherFields(name: "n"), listed: types).fields == nil)
        #expect(Failure(thrown: Unwilling(), listed: types).fields == nil)
        #expect(Failure(thrown: Unwilling(), listed: types).typeName.hasSuffix("Unwilling"))
        #expect(ErrorTypes().decode(failure) == nil)
        var foreign = Failure(thrown: OtherFields(name: "n"), listed: ErrorTypes([OtherFields.self]))
        #expect(foreign.fields != nil)
        foreign.typeName = failure.typeName
        #expect(types.decode(foreign) == nil)
    }
}
