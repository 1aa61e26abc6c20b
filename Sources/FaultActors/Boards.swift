public import ActorCluster
public import Distributed

/// An actor that others find by its name, wherever it lives.
public distributed actor Board {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    private var lines: [String] = []

    /// In this process.
    public init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    /// Keeps a line.
    public distributed func write(_ line: String) { lines.append(line) }

    /// All lines, in the order in which they were written.
    public distributed func all() -> [String] { lines }

    /// How many.
    public distributed func count() -> Int { lines.count }
}

/// A worker that gives names to boards, and finds those of others.
public distributed actor Announcer {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    private var boards: [String: Board] = [:]

    init(_ worker: WorkerContext) { actorSystem = worker.actorSystem }

    /// A new board of this process with this name, instead of the one that it had by this name.
    public distributed func announce(_ name: String) async throws {
        boards[name] = nil
        let board = Board(actorSystem: actorSystem)
        try await actorSystem.register(board, as: name)
        boards[name] = board
    }

    /// So many, until one is refused.
    public distributed func announce(count: Int) async throws {
        for number in 0..<count { try await announce("\(number)") }
    }

    /// Lets go of it.
    public distributed func release(_ name: String) { boards[name] = nil }

    /// Writes on the board of this name, wherever it is, and tells its lines.
    public distributed func write(_ line: String, on name: String, waitingMilliseconds: Int) async throws -> [String] {
        let board = try await actorSystem.lookup(
            Board.self, named: name, waiting: .milliseconds(waitingMilliseconds))
        try await board.write(line)
        return try await board.all()
    }

    /// Looks for an actor of another type.
    public distributed func mistake(_ name: String) async throws {
        _ = try await actorSystem.lookup(Announcer.self, named: name)
    }

    /// Names a board that lives elsewhere.
    public distributed func announce(_ board: Board, as name: String) async throws {
        try await actorSystem.register(board, as: name)
    }

    /// The first changes of the boards' names.
    public distributed func follow(count: Int, from notebook: Notebook) async throws {
        var told = 0
        for try await change in actorSystem.names(of: Board.self) {
            try await notebook.note(boardNews(change))
            told += 1
            if told == count { return }
        }
    }
}

/// A change as a test compares it.
public func boardNews(_ change: NameChange<Board>) -> String {
    switch change {
    case .all(let boards): "all \(boards.keys.sorted())"
    case .registered(let name, _): "+\(name)"
    case .gone(let name): "-\(name)"
    case .missed(let count): "missed \(count)"
    }
}

extension Groups {
    /// Workers whose root actor gives names.
    public static let announcers = WorkerGroup("announcers") { worker in Announcer(worker) }
}
