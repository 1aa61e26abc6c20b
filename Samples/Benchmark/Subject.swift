import ActorCluster
import BenchmarkFloor
import Distributed

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What a process has used since it began.
struct Usage: Codable, Sendable {
    /// Nanoseconds of processor time.
    var processorTime: Int64
    var allocations: UInt64

    /// Of this process.
    static var own: Usage { Usage(processorTime: readProcessorTime(), allocations: allocations_counted()) }
}

/// The actor whose methods are called.
distributed actor Subject {
    typealias ActorSystem = ClusterActorSystem

    static let group = WorkerGroup("subjects") { worker in
        let pause = Fairness.pause(isSlow: worker.tags.contains(Fairness.slowTag))
        return Subject(pause: pause, actorSystem: worker.actorSystem)
    }

    private let pause: Duration

    /// Keeps alive what `neighbour` has given away.
    private var neighbours: [Subject] = []
    /// Counts the messages of a topic.
    var hearing: Task<Int, Never>?

    init(pause: Duration, actorSystem: ClusterActorSystem) {
        self.pause = pause
        self.actorSystem = actorSystem
    }

    distributed func echo(_ bytes: [UInt8]) -> [UInt8] { bytes }

    distributed func echo(_ buffer: SharedBuffer) -> SharedBuffer { buffer }

    /// Takes as long as work takes in this process, without using the processor.
    distributed func work() async throws { try await Task.sleep(for: pause) }

    distributed func process(_ order: Order) -> Order { order }

    distributed func acknowledge(_ bytes: [UInt8]) {}

    /// Which process answers.
    distributed func processID() -> Int32 { getpid() }

    /// Another actor in the same process.
    distributed func neighbour() -> Subject {
        let neighbour = Subject(pause: pause, actorSystem: actorSystem)
        neighbours.append(neighbour)
        return neighbour
    }

    /// From now on this process counts its allocations, or does not.
    distributed func countAllocations(_ on: Bool) { allocations_count(on) }

    distributed func usage() -> Usage { .own }

    /// Keeps its thread and a processor busy for so many seconds.
    distributed func spin(for seconds: Double) {
        let end = now() + seconds.nanoseconds
        while now() < end {}
    }

    /// Keeps its thread, but no processor, for so many seconds.
    distributed func sleepInThread(for seconds: Double) { usleep(UInt32(seconds * 1e6)) }
}
