import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension ProcessTests {
    @Suite("D: calls that no primary of ours makes")
    struct RawCalls {
        private static func reason(_ answer: RawPrimary.Answer) -> Failure.Reason? {
            if case .failure(let failure) = answer { failure.reason } else { nil }
        }

        /// The worker lives, its root actor too.
        private static func expectAlive(_ primary: RawPrimary) throws {
            let echo = try Body.encode([1, 2, 3] as [UInt8])
            #expect(try primary.call(Targets.named("Probe.echo(bytes:)"), echo) == .reply(echo))
        }

        private static func decode<Value: Decodable>(_ type: Value.Type, _ answer: RawPrimary.Answer) throws -> Value {
            guard case .reply(let body) = answer else { throw ListedError(code: 0, hint: "\(answer)") }
            return try body.withUnsafeBytes { try Body.decode(type, from: $0) }
        }

        @Test("D8: an unknown actor, a released actor and an unknown method are told apart, and the pipe stays up")
        func missingTargets() async throws {
            try await withRawPrimary { primary in
                try primary.start()
                let home = try Targets.named("Bouncer.home()")
                for number: UInt64 in [2, 99, .max] {
                    #expect(Self.reason(try primary.call(home, actor: number)) == .targetMissing)
                }
                let made = try primary.call(Targets.named("Probe.makeBouncer()"))
                let bouncer = try Self.decode(ActorID.self, made)
                #expect(try Self.decode(String.self, primary.call(home, actor: bouncer.number)) == "\(bouncer)")
                #expect(try primary.call(Targets.named("Probe.releaseBouncers()")) == .reply([]))
                #expect(Self.reason(try primary.call(home, actor: bouncer.number)) == .targetMissing)
                #expect(Self.reason(try primary.call("nobody")) == .unknownTarget)
                #expect(Self.reason(try primary.call("")) == .unknownTarget)
                try Self.expectAlive(primary)
            }
        }

        @Test("D9: every method of every other type is an unknown target; none of them runs")
        func foreignTargets() async throws {
            try await withRawPrimary { primary in
                try primary.start()
                let own = try Targets.ofProbe
                let foreign = try Targets.all.filter { !own.contains($0) }
                #expect(try foreign.contains(Targets.named("Stranger.onlyHere(_:)")))
                for target in foreign {
                    #expect(Self.reason(try primary.call(target, Body.encode("x"))) == .unknownTarget, "\(target)")
                }
                try Self.expectAlive(primary)
            }
        }

        @Test("D9: 100,000 random and mutated targets are unknown, each answered, and the worker lives")
        func randomTargets() async throws {
            try await withRawPrimary { primary in
                try primary.start()
                let unknown = try Body.encode(Failure(.unknownTarget))
                let (known, own) = (try Targets.all, try Targets.ofProbe)
                var random = SeededGenerator(seed: 9)
                var answered = 0
                for _ in 0..<200 {
                    // As many at once as a primary may leave unanswered, halved, goes in one write.
                    var bytes: [UInt8] = []
                    for _ in 0..<500 {
                        let target = RandomTarget.make(from: known, but: own, using: &random)
                        answered += 1
                        bytes += RandomTarget.frame(target, id: CallID(answered))
                    }
                    try primary.pipe.send(bytes: bytes)
                    for id in answered - 499...answered {
                        let frame = try #require(try primary.receive())
                        try #require(frame.kind == .error && frame.id == CallID(id) && frame.body == unknown)
                    }
                }
                #expect(answered == 100_000)
                try primary.send("nobody", id: CallID(answered + 1))
                try Self.expectAlive(primary)
            }
        }

        @Test("D10: functions that are not distributed methods, and names of types, are unknown targets")
        func notDistributed() async throws {
            try await withRawPrimary { primary in
                try primary.start()
                let echo = try Targets.named("Probe.echo(bytes:)")
                let names = [
                    // The method behind the thunk, the accessor beside it, the type, its metadata accessor.
                    String(echo.dropLast(2)), echo + "HF", echo + "TE", "11FaultActors5ProbeC",
                    "$s11FaultActors5ProbeC",
                    "$s11FaultActors5ProbeCMa", "$s11FaultActors7MarkersO5leaveyySSFZ", "FaultActors.Probe.echo(_:)",
                    "main", "swift_retain", "exit", "_exit", "$sSS", "Si", "\u{1}", echo + "\0", " " + echo,
                ]
                for name in names {
                    #expect(Self.reason(try primary.call(name, Body.encode("x"))) == .unknownTarget, "\(name)")
                }
                try Self.expectAlive(primary)
            }
        }

        @Test("D11: too few, too many and ill-typed arguments are typed errors, and the body does not run")
        func wrongArguments() async throws {
            try await withRawPrimary { primary in
                try primary.start()
                let sleep = try Targets.named("Probe.sleep(milliseconds:)")
                let one = try Body.encode(0)
                let wrong: [(String, [UInt8])] = [
                    ("none", []), ("two", one + one), ("a text", try Body.encode("0")), ("nothing", [0xC0]),
                    ("half a number", [0xD1, 0x01]), ("a fraction", try Body.encode(0.5)),
                    ("too wide", [0xCB] + [UInt8](repeating: 0xFF, count: 16)), ("an unknown tag", [0xCF]),
                    ("deep", [UInt8](repeating: 0xC5, count: 10_000)),
                    ("twelve bytes", [0xCE, 0x13, 0xFF, 0xFF, 0xFF]),
                ]
                for (what, arguments) in wrong {
                    #expect(Self.reason(try primary.call(sleep, arguments)) == .malformedMessage, "\(what)")
                }
                let nothing = try Targets.named("Probe.nothing()")
                #expect(Self.reason(try primary.call(nothing, one)) == .malformedMessage)
                let runs = try primary.call(Targets.named("Probe.count(of:)"), Body.encode("runs"))
                #expect(try Self.decode(Int.self, runs) == 0)
                #expect(try primary.call(sleep, one) == .reply([]))
                try Self.expectAlive(primary)
            }
        }
    }
}

/// Names that look like methods.
private enum RandomTarget {
    /// A known name with a few bytes changed, or one of random letters; never one of `own`.
    static func make(
        from known: [String], but own: Set<String>, using random: inout SeededGenerator
    ) -> String {
        while true {
            var name: [UInt8] = []
            if Int.random(in: 0..<4, using: &random) > 0, let base = known.randomElement(using: &random) {
                name = Array(base.utf8)
                for _ in 0..<Int.random(in: 1...3, using: &random) { mutate(&name, using: &random) }
            } else {
                name = (0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
                }
            }
            let target = String(decoding: name, as: UTF8.self)
            if !own.contains(target) { return target }
        }
    }

    private static func mutate(_ name: inout [UInt8], using random: inout SeededGenerator) {
        guard let index = name.indices.randomElement(using: &random) else { return }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: name[index] = UInt8.random(in: 33...126, using: &random)
        case 1: name.remove(at: index)
        case 2: name.insert(UInt8.random(in: 0...255, using: &random), at: index)
        default: name.removeSubrange(index...)
        }
    }

    static func frame(_ target: String, id: CallID) -> [UInt8] {
        let request = CallRequest.method(actor: ActorID.rootNumber, target: target, arguments: [0x05])
        return RawPipe.bytes(of: .call(id: id, request, remaining: 60_000_000_000))
    }
}
