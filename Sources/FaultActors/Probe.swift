public import ActorCluster
public import Distributed
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A root actor that does what a test asks for, good or bad.
public distributed actor Probe {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    let worker: WorkerID
    private let slotTags: Set<String>
    private var bouncers: [Bouncer] = []
    private var crate: Crate<Int>?
    var order = CallOrder()

    /// `worker` and `tags` are what the process was told.
    public init(worker: WorkerID, tags: Set<String> = [], actorSystem: ClusterActorSystem) {
        self.worker = worker
        slotTags = tags
        self.actorSystem = actorSystem
    }

    // MARK: Answers

    /// What it got.
    public distributed func echo(_ text: String, call: UInt64) -> String {
        RunRecords.add(call)
        return text
    }

    /// What it got, after a pause.
    public distributed func echo(_ number: Int, afterMilliseconds pause: Int, call: UInt64) async throws -> Int {
        RunRecords.add(call)
        try await Task.sleep(for: .milliseconds(pause))
        return number
    }

    /// What it got.
    public distributed func echo(bytes: [UInt8]) -> [UInt8] { bytes }

    /// What it got.
    public distributed func echo(_ values: Extremes) -> Extremes { values }

    /// Nothing.
    public distributed func swallow(_ bytes: [UInt8]) {}

    /// So many.
    public distributed func makeBytes(count: Int) -> [UInt8] { [UInt8](repeating: 9, count: count) }

    /// Nothing.
    public distributed func nothing() {}

    /// The process's id in the system.
    public distributed func pid(call: UInt64) -> Int32 {
        RunRecords.add(call)
        return getpid()
    }

    /// What the process knows of itself.
    public distributed func identity() -> Identity { Identity(worker: worker, isWorker: Cluster.isWorker) }

    /// What the process was told of its slot.
    public distributed func tags() -> Set<String> { slotTags }

    /// A variable of the process.
    public distributed func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// The arguments of the process, but for its name.
    public distributed func arguments() -> [String] { Array(CommandLine.arguments.dropFirst()) }

    /// Its working directory.
    public distributed func directory() -> String {
        guard let path = getcwd(nil, 0) else { return "" }
        defer { free(path) }
        return String(cString: path)
    }

    /// What the process found in its first line.
    public distributed func surroundings() -> Surroundings { Surroundings.atStart }

    // MARK: Other actors

    /// An actor in this process that lives as long as it.
    public distributed func makeBouncer() -> Bouncer {
        let bouncer = Bouncer(actorSystem: actorSystem)
        bouncers.append(bouncer)
        return bouncer
    }

    /// Lets go of all of them.
    public distributed func releaseBouncers() { bouncers = [] }

    /// Makes actors and lets go of them at once.
    public distributed func makeAndRelease(count: Int) {
        for _ in 0..<count { _ = Bouncer(actorSystem: actorSystem) }
    }

    /// How many actors of this process can be called.
    public distributed func actorCount() -> Int { actorSystem.callableActors }

    /// A generic actor, held.
    public distributed func makeCrate() -> Crate<Int> {
        let crate = Crate<Int>(actorSystem: actorSystem)
        self.crate = crate
        return crate
    }

    // MARK: Waits

    /// Returns after this long, or throws at once when it is cancelled.
    public distributed func sleep(milliseconds: Int, call: UInt64) async throws {
        RunRecords.add(call)
        Counters.add("runs")
        do {
            try await Task.sleep(for: .milliseconds(milliseconds))
        } catch {
            Counters.add("cancellations")
            Markers.leave("cancelled-\(worker.slot)")
            throw error
        }
    }

    /// Returns after this long, cancelled or not.
    public distributed func sleepStubbornly(milliseconds: Int, call: UInt64) async -> Int {
        RunRecords.add(call)
        await Task.detached { try? await Task.sleep(for: .milliseconds(milliseconds)) }.value
        return milliseconds
    }

    /// Blocks the thread.
    public distributed func spin(milliseconds: Int) {
        let clock = SuspendingClock()
        let end = clock.now + .milliseconds(milliseconds)
        while clock.now < end {}
    }

    /// Blocks every thread that Swift runs tasks on, with some to spare.
    public distributed func blockAllThreads(milliseconds: Int) async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<16 { group.addTask { usleep(UInt32(milliseconds) * 1_000) } }
        }
    }

    /// How often something has happened in the process: `runs`, `cancellations`.
    public distributed func count(of name: String) -> Int { Counters.count(of: name) }

    /// Returns once it has happened so often.
    public distributed func wait(for name: String, count: Int) async { await Counters.wait(for: name, count: count) }

    // MARK: Failures

    /// Throws an error that is listed in the tests' options.
    public distributed func failListed(code: Int) throws { throw ListedError(code: code, hint: "h\(code)") }

    /// Throws an error that is not.
    public distributed func failUnlisted(text: String) throws { throw UnlistedError(description: text) }

    /// Returns what cannot be encoded.
    public distributed func unencodable() -> Unencodable { Unencodable() }

    /// Ignores what it gets.
    public distributed func take(_ value: Unencodable) {}

    /// A Swift trap.
    public distributed func trap(call: UInt64) {
        RunRecords.add(call)
        let none: [Int] = []
        _ = none[Counters.count(of: "never")]
    }

    /// Runs out of stack.
    public distributed func overflowStack() -> Int { Self.descend(1) }

    /// Leaves with this code.
    public distributed func exit(code: Int32, call: UInt64) {
        RunRecords.add(call)
        leaveProcess(code)
    }

    /// Writes random bytes to the primary.
    public distributed func writeGarbage(seed: UInt64, count: Int) {
        var state = seed
        let bytes = (0..<count).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
        write(3, bytes, bytes.count)
    }

    /// Generic, so it cannot be called from another process.
    public distributed func generic<Value: Codable & Sendable>(_ value: Value) -> Value { value }

    /// Each level changes what the one above reads afterwards, so the optimiser can take none of them away.
    @inline(never)
    private static func descend(_ depth: Int, above: UnsafeMutableRawPointer? = nil) -> Int {
        withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 16) { space in
            above?.storeBytes(of: depth, as: Int.self)
            if depth <= Counters.count(of: "never") { return depth }
            return descend(depth + 1, above: space.baseAddress) &+ space.load(as: Int.self)
        }
    }
}

/// What a worker knows of itself.
public struct Identity: Codable, Hashable, Sendable {
    /// As it was told.
    public var worker: WorkerID
    /// Whether it is one.
    public var isWorker: Bool

    /// With these answers.
    public init(worker: WorkerID, isWorker: Bool) {
        self.worker = worker
        self.isWorker = isWorker
    }
}

/// Listed in the tests' options, so it arrives as itself.
public struct ListedError: Error, Codable, Hashable, Sendable {
    /// A field.
    public var code: Int
    /// Another.
    public var hint: String

    /// With these fields.
    public init(code: Int, hint: String) {
        self.code = code
        self.hint = hint
    }
}

/// Not listed, so only its name and text arrive.
public struct UnlistedError: Error, CustomStringConvertible {
    /// Its text.
    public var description: String
}

/// Its encoding always throws.
public struct Unencodable: Codable, Sendable {
    struct Refusal: Error {}

    /// A value that cannot travel.
    public init() {}

    /// Nothing to read.
    public init(from decoder: any Decoder) throws {}

    /// Throws.
    public func encode(to encoder: any Encoder) throws { throw Refusal() }
}

/// An actor of another type, for calls that go to the wrong one.
public distributed actor Stranger {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    /// In this process.
    public init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    /// A method that `Probe` does not have.
    public distributed func onlyHere(_ text: String) -> String { text }
}
