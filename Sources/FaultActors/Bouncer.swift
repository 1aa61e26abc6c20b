public import ActorCluster
public import Distributed
import ProcessIO

/// Calls back, and hands on what it was given: for calls in both directions.
public distributed actor Bouncer {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    /// In this process.
    public init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    /// Where it lives.
    public distributed func home() -> String { "\(id)" }

    /// Calls to and fro until the depth is used up, and counts.
    public distributed func bounce(depth: Int, with other: Bouncer) async throws -> Int {
        depth == 0 ? 0 : try await other.bounce(depth: depth - 1, with: self) + 1
    }

    /// Asks everyone in an envelope where they live.
    public distributed func homes(of envelope: Envelope) async throws -> [String] {
        var homes: [String] = []
        for bouncer in envelope.everyone { homes.append(try await bouncer.home()) }
        return homes
    }

    /// What it got.
    public distributed func echo(_ envelope: Envelope) -> Envelope { envelope }

    /// Whether it was given itself, as the very actor it is.
    public distributed func isSelf(_ other: Bouncer) -> Bool { other === self }

    /// Passes a call on to a probe, which may be anywhere.
    public distributed func ask(_ probe: Probe) async throws -> Int32 { try await probe.pid() }

    /// Lets a probe sleep, with a limit of its own, longer than its caller's or not.
    public distributed func askToSleep(_ probe: Probe, milliseconds: Int, limitMilliseconds: Int?) async throws {
        try await withCallTimeout(limitMilliseconds.map { .milliseconds($0) }) {
            try await probe.sleep(milliseconds: milliseconds)
        }
    }

    /// Passes a call on through others to a probe, which sleeps; each of them would give it an hour.
    public distributed func askToSleep(_ probe: Probe, milliseconds: Int, through others: [Bouncer]) async throws {
        try await withCallTimeout(.seconds(3_600)) {
            guard let next = others.first else { return try await probe.sleep(milliseconds: milliseconds) }
            let rest = Array(others.dropFirst())
            try await next.askToSleep(probe, milliseconds: milliseconds, through: rest)
        }
    }

    /// What is left of the caller's time in the last of these, in milliseconds.
    public distributed func timeLeft(through others: [Bouncer]) async throws -> Int {
        guard let next = others.first else {
            return Int((CallScope.current.deadline - MonotonicClock.now).wholeNanoseconds / 1_000_000)
        }
        return try await withCallTimeout(.seconds(3_600)) {
            try await next.timeLeft(through: Array(others.dropFirst()))
        }
    }

    /// Lets a probe kill its own process.
    public distributed func askToExit(_ probe: Probe, code: Int32) async throws { try await probe.exit(code: code) }

    /// Calls a method that another build would have.
    public distributed func askStranger(_ stranger: Stranger) async throws -> String {
        try await stranger.onlyHere("x")
    }

    /// Throws what a probe threw.
    public distributed func askToFail(_ probe: Probe, text: String) async throws {
        try await probe.failUnlisted(text: text)
    }

    /// Throws an error that looks like the library's own.
    public distributed func forge() throws {
        throw CallError.workerDied(WorkerID.forged, .signal(9), .notSent)
    }

    /// Throws by its type.
    public distributed func failTyped(code: Int) throws(ListedError) { throw ListedError(code: code, hint: "typed") }
}

extension WorkerID {
    static var forged: WorkerID { WorkerID(group: "forged", slot: 0, incarnation: 99) }
}

/// References in a struct, an array, an optional and a dictionary.
public struct Envelope: Codable, Sendable {
    /// One.
    public var one: Bouncer
    /// Maybe one.
    public var maybe: Bouncer?
    /// Several.
    public var several: [Bouncer]
    /// By name.
    public var byName: [String: Bouncer]

    /// With these.
    public init(one: Bouncer, maybe: Bouncer?, several: [Bouncer], byName: [String: Bouncer]) {
        (self.one, self.maybe, self.several, self.byName) = (one, maybe, several, byName)
    }

    /// All of them.
    public var everyone: [Bouncer] {
        [one] + (maybe.map { [$0] } ?? []) + several + byName.keys.sorted().compactMap { byName[$0] }
    }
}

/// What several kinds of actors can do: called through the protocol, whoever does it.
@Resolvable
public protocol Greeter: DistributedActor where ActorSystem == ClusterActorSystem {
    /// Says hello.
    distributed func greet(_ name: String) async throws -> String
}

extension Greeter {
    /// Says it twice.
    public distributed func greetTwice(_ name: String) async throws -> String {
        try await greet(name) + ", " + greet(name)
    }
}

/// A protocol that is called on the actors themselves.
public protocol Describable: DistributedActor where ActorSystem == ClusterActorSystem {}

extension Describable {
    /// The name of its type, and what it got.
    public distributed func describe(with text: String) -> String { "\(Self.self) \(text)" }
}

/// One that does.
public distributed actor EnglishGreeter: Greeter, Describable {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    /// In this process.
    public init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    /// Says hello.
    public distributed func greet(_ name: String) -> String { "Hello \(name)" }

    /// Generic, so it cannot be called from another process.
    public distributed func pick<Value: Codable & Sendable>(_ value: Value) -> Value { value }
}

/// A generic actor, whose methods cannot be called from another process.
public distributed actor Crate<Content: Codable & Sendable> {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    /// In this process.
    public init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    /// What it got.
    public distributed func put(_ content: Content) -> Content { content }
}
