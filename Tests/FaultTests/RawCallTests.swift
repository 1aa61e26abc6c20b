import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
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
                // Its last call may have answered a moment before it lets go of the actor.
                let end = MonotonicClock.now + .seconds(1)
                var found: Failure.Reason?
                while found != .targetMissing, MonotonicClock.now < end {
                    found = Self.reason(try primary.call(home, actor: bouncer.number))
                }
                #expect(found == .targetMissing)
                let count = UInt64(primary.names.count)
                for number in [count, count + 1, 1 << 32, .max - 1, .max] {
                    #expect(Self.reason(try primary.call(number: number)) == .unknownTarget)
                }
                try Self.expectAlive(primary)
            }
        }

        @Test("D9: every method of every other type is an unknown target; none of them runs")
        func foreignTargets() async throws {
            try await withRawPrimary { primary in
                try primary.start()
                let own = try Targets.ofProbe
                let foreign = primary.names.filter { !own.contains($0) }
                #expect(try foreign.contains(Targets.named("Stranger.onlyHere(_:)")))
                for target in foreign {
                    #expect(Self.reason(try primary.call(target, Body.encode("x"))) == .unknownTarget, "\(target)")
                }
                try Self.expectAlive(primary)
            }
        }

        @Test("D9: 100,000 random and foreign numbers are unknown targets, each answered, and the worker lives")
        func randomTargets() async throws {
            try await withRawPrimary { primary in
                try primary.start()
                let unknown = try Body.encode(Failure(.unknownTarget))
                var targets = RandomTargets(names: primary.names, own: try Targets.ofProbe)
                let (rounds, size) = (200, 500)
                var next = targets.frames(size)
                for round in 1...rounds {
                    try primary.pipe.send(bytes: next)
                    // Made while the worker reads the others.
                    if round < rounds { next = targets.frames(size) }
                    for id in (round - 1) * size + 1...round * size {
                        let frame = try #require(try primary.receive())
                        guard frame.kind == .error, frame.id == CallID(id), frame.body == unknown else {
                            return unexpected(nil, "\(frame)")
                        }
                    }
                }
                try primary.send(number: .max, id: 100_001)
                try Self.expectAlive(primary)
            }
        }

        @Test("D10: functions that are not distributed methods, and names of types, have no number")
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
                #expect(Set(primary.names).isDisjoint(with: names))
                #expect(primary.names.allSatisfy { $0.hasPrefix("$s") && $0.hasSuffix("TE") })
            }
        }

        @Test("D11: too few, too many and ill-typed arguments are typed errors, and the body does not run")
        func wrongArguments() async throws {
            try await withRawPrimary { primary in
                try primary.start()
                let sleep = try Targets.sleep
                let one = try Body.encode(0)
                for (what, arguments) in [("none", []), ("one", one), ("three", one + one + one)] {
                    #expect(Self.reason(try primary.call(sleep, arguments)) == .malformedMessage, "\(what)")
                }
                let wrong: [(String, [UInt8])] = [
                    ("a text", try Body.encode("0")), ("nothing", [0xC0]), ("half a number", [0xD1, 0x01]),
                    ("a fraction", try Body.encode(0.5)),
                    ("too wide", [0xCB] + [UInt8](repeating: 0xFF, count: 16)), ("an unknown tag", [0xCF]),
                    ("deep", [UInt8](repeating: 0xC5, count: 10_000)),
                    ("twelve bytes", [0xCE, 0x13, 0xFF, 0xFF, 0xFF]),
                ]
                for (what, argument) in wrong {
                    #expect(Self.reason(try primary.call(sleep, argument + one)) == .malformedMessage, "\(what)")
                    #expect(Self.reason(try primary.call(sleep, one + argument)) == .malformedMessage, "\(what)")
                }
                let nothing = try Targets.named("Probe.nothing()")
                #expect(Self.reason(try primary.call(nothing, one)) == .malformedMessage)
                let runs = try primary.call(Targets.named("Probe.count(of:)"), Body.encode("runs"))
                #expect(try Self.decode(Int.self, runs) == 0)
                #expect(try primary.call(sleep, one + one) == .reply([]))
                try Self.expectAlive(primary)
            }
        }
    }
}

/// Numbers of methods that a probe does not have.
private struct RandomTargets {
    private let foreign: [UInt64]
    private let count: UInt64
    private var random = SeededGenerator(seed: 9)
    private var lastID: CallID = 0

    init(names: [String], own: Set<String>) {
        count = UInt64(names.count)
        foreign = zip(names, 0...).filter { !own.contains($0.0) }.map(\.1)
    }

    /// Calls of so many of them.
    mutating func frames(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<count {
            lastID += 1
            let request = CallRequest.method(actor: ActorID.rootNumber, target: make(), arguments: .whole([]))
            bytes += RawPipe.bytes(of: .call(id: lastID, request, remaining: 60_000_000_000))
        }
        return bytes
    }

    private mutating func make() -> UInt64 {
        switch random.next() % 4 {
        case 0: .random(in: count ... .max, using: &random)
        case 1: .random(in: count..<count + 1_000, using: &random)
        default: foreign.randomElement(using: &random) ?? count
        }
    }
}
