public import ActorCluster
public import Distributed
import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A worker that calls others of its kind, and notes in which order it is called itself.
public distributed actor Courier {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    /// What has become of numbered calls: how many came, and how many of them after a later one or a second time.
    public struct Notes: Codable, Equatable, Sendable {
        /// Calls that came.
        public var count = 0
        /// That came too late.
        public var inversions = 0
        /// The highest number.
        public var last = -1
    }

    /// How a call ended for who made it.
    public enum Ending: String, Codable, Sendable {
        case returned
        case notRun
        /// It may have run.
        case failed
    }

    private let worker: WorkerContext
    private var notes: [String: Notes] = [:]
    private var helper: Courier?

    init(_ worker: WorkerContext) {
        self.worker = worker
        actorSystem = worker.actorSystem
    }

    // MARK: What others call

    /// Notes a number under its sender's name.
    public distributed func take(_ number: Int, from sender: String) {
        var notes = self.notes[sender] ?? Notes()
        notes.count += 1
        if number <= notes.last { notes.inversions += 1 }
        notes.last = max(number, notes.last)
        self.notes[sender] = notes
    }

    /// What has come from a sender.
    public distributed func taken(from sender: String) -> Notes { notes[sender] ?? Notes() }

    /// The same, after a pause. Leaves its call's number when it runs.
    public distributed func echo(_ number: Int, afterMilliseconds pause: Int, call: UInt64) async throws -> Int {
        RunRecords.add(call)
        Counters.add("echoes")
        do {
            if pause > 0 { try await Task.sleep(for: .milliseconds(pause)) }
        } catch {
            Counters.add("cancellations")
            throw error
        }
        return number
    }

    /// The bytes of a buffer, from one process to the other.
    public distributed func mirror(_ buffer: SharedBuffer) -> SharedBuffer { buffer }

    /// Numbers up to this one.
    public distributed func numbers(to last: Int) -> RemoteStream<Int> {
        RemoteStream(
            AsyncStream { stream in
                for number in 0..<last { stream.yield(number) }
                stream.finish()
            })
    }

    /// Throws an error that crosses as itself.
    public distributed func fail() throws { throw ListedError(code: 5, hint: "direct") }

    /// How often something has happened in the process: `echoes`, `cancellations`.
    public distributed func count(of name: String) -> Int { Counters.count(of: name) }

    /// Returns once it has happened so often.
    public distributed func wait(for name: String, count: Int) async { await Counters.wait(for: name, count: count) }

    /// The courier of another number in this process, made at the first question.
    public distributed func second() -> Courier {
        let second = helper ?? Courier(worker)
        helper = second
        return second
    }

    /// Waits at a door, and then asks another one to call back.
    public distributed func go(through door: Door, and other: Courier) async throws -> Int {
        try await withCallTimeout(nil) { try await door.enter() }
        return try await other.callBack(self)
    }

    /// Calls it.
    public distributed func callBack(_ caller: Courier) async throws -> Int {
        try await caller.echo(3, afterMilliseconds: 0, call: 0)
    }

    // MARK: What a test has it do

    /// This courier, by the address of its process.
    public distributed func itself() -> Courier { self }

    /// Calls another one so often, one call after another.
    public distributed func deliver(_ count: Int, to other: Courier) async throws {
        for number in 0..<count { _ = try await other.echo(number, afterMilliseconds: 0, call: 0) }
    }

    /// One call that takes so long, counted as `call`.
    public distributed func ask(_ other: Courier, afterMilliseconds pause: Int, call: UInt64) async throws -> Int {
        try await other.echo(7, afterMilliseconds: pause, call: call)
    }

    /// The same with a limit of its own; tells how it ended.
    public distributed func ending(
        ofAsking other: Courier, afterMilliseconds pause: Int, limitMilliseconds: Int
    ) async -> String {
        do {
            return try await withCallTimeout(.milliseconds(limitMilliseconds)) {
                "\(try await other.echo(7, afterMilliseconds: pause, call: 0))"
            }
        } catch {
            return "\(error)"
        }
    }

    /// Asks through a third, who asks a fourth, and so on.
    public distributed func chain(_ others: [Courier], afterMilliseconds pause: Int) async throws -> Int {
        guard let next = others.first else { return try await echo(1, afterMilliseconds: pause, call: 0) }
        return try await next.chain(Array(others.dropFirst()), afterMilliseconds: pause) + 1
    }

    /// What another one mirrors, and streams, and throws.
    public distributed func exercise(_ other: Courier, _ buffer: SharedBuffer) async throws -> [Int] {
        let back = try await other.mirror(buffer)
        var sum = 0
        for try await number in try await other.numbers(to: 1_000) { sum += number }
        var code = 0
        do { try await other.fail() } catch let error as ListedError { code = error.code }
        return [back.count, sum, code]
    }

    /// Counted calls to another one, so many at a time, each of which waits a moment; how each ended. `nested`: as part of
    /// this call, whose calls a worker that drains takes.
    public distributed func load(
        _ other: Courier, callers: Int, calls: [UInt64], nested: Bool = false
    ) async -> [UInt64: Ending] {
        let scope = nested ? CallScope.current : CallScope()
        let tasks = (0..<callers).map { caller in
            let own = calls.enumerated().filter { $0.offset % callers == caller }.map(\.element)
            return Task.detached {
                await CallScope.$current.withValue(scope) {
                    var endings: [UInt64: Ending] = [:]
                    for call in own { endings[call] = await Self.end(of: other, call) }
                    return endings
                }
            }
        }
        var endings: [UInt64: Ending] = [:]
        for task in tasks { endings.merge(await task.value) { first, _ in first } }
        return endings
    }

    private static func end(of other: Courier, _ call: UInt64) async -> Ending {
        Counters.add("load")
        do {
            _ = try await other.echo(1, afterMilliseconds: Int(call % 3), call: call)
            return .returned
        } catch {
            return CallTally.Ending(error) == .notRun ? .notRun : .failed
        }
    }

    /// Numbered calls of all kinds, one after another: waited for, one-way, and with limits so short that some have ended
    /// before they are there. Tells how many were waited for to their end.
    public distributed func mix(_ count: Int, to other: Courier, as sender: String, seed: UInt64) async throws -> Int {
        var state = seed
        var ended = 0
        for number in 0..<count {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            switch (state >> 33) % 4 {
            case 0: try await actorSystem.post { try await other.take(number, from: sender) }
            case 1:
                let limit = Duration.microseconds(Int((state >> 40) % 200))
                try? await withCallTimeout(limit) { try await other.take(number, from: sender) }
            case 2:
                let call = Task { try await other.take(number, from: sender) }
                for _ in 0..<((state >> 40) % 8) { await Task.yield() }
                call.cancel()
                _ = await call.result
            default:
                try await other.take(number, from: sender)
                ended += 1
            }
        }
        return ended
    }

    /// Pipes to other workers: open, used, and ends that were lost.
    public distributed func pipes() -> [Int] {
        let counts = actorSystem.directPipes
        return [counts.open, counts.used, Int(counts.lostEnds)]
    }

    /// Calls of this process without an outcome.
    public distributed func pendingCalls() -> Int { actorSystem.pendingCalls }

    /// Open sockets of the process.
    public distributed func sockets() -> Int {
        (Int32(0)..<1_024).count { number in
            var status = stat()
            return fstat(number, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
        }
    }

    /// The next descriptors that come to this process are lost, as if it had as many as it may.
    public distributed func loseDescriptors(_ count: Int) { DescriptorArrival.lose(count) }

    /// The process can get no descriptor until one that came to it is lost for that, or for 2 s.
    public distributed func takeDescriptorsAway() throws {
        let system = actorSystem
        let before = system.directPipes.lostEnds
        try OpenFiles.refuseAll { system.directPipes.lostEnds > before }
    }

    /// Asks to be drained.
    public distributed func leave() { worker.stop() }
}

extension Groups {
    /// Workers that call each other.
    public static let couriers = WorkerGroup("couriers") { worker in Courier(worker) }
}
