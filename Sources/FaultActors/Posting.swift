public import ActorCluster
public import Distributed

/// A worker that is sent one-way calls, and makes some.
public distributed actor Postman {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    private let worker: WorkerContext
    private var next = 0
    private var gaps = 0

    init(_ worker: WorkerContext) {
        self.worker = worker
        actorSystem = worker.actorSystem
    }

    /// Numbers are expected in order, from 0.
    public distributed func take(_ number: Int, _ bytes: [UInt8]) {
        if number != next { gaps += 1 }
        next = number + 1
    }

    /// The same, with a page that has the number, too.
    public distributed func take(_ number: Int, page: SharedBuffer) {
        if page.withUnsafeBytes({ $0.load(as: Int.self) }) != number { gaps += 1 }
        take(number, [])
    }

    /// What the next number is to be, and how often it was another one.
    public distributed func taken() -> [Int] { [next, gaps] }

    /// Throws.
    public distributed func fail() throws { throw UnlistedError(description: "nobody hears this") }

    /// A value.
    public distributed func answer() -> Int { 42 }

    /// Writes numbers on a board, one-way.
    public distributed func write(_ numbers: Range<Int>, on board: Board) async throws {
        try await actorSystem.post {
            for number in numbers { try await board.write("\(number)") }
        }
    }

    /// The same, and then leaves.
    public distributed func writeAndStop(_ numbers: Range<Int>, on board: Board) async throws {
        try await write(numbers, on: board)
        worker.stop()
    }

    /// One-way calls to a postman who may be anywhere.
    public distributed func pass(_ numbers: Range<Int>, to postman: Postman) async throws -> PostStatistics {
        try await actorSystem.post {
            for number in numbers { try await postman.take(number, []) }
            try await postman.fail()
        }
        return actorSystem.postStatistics
    }
}

extension Groups {
    /// Workers for one-way calls.
    public static let postmen = WorkerGroup("postmen") { worker in Postman(worker) }
}
