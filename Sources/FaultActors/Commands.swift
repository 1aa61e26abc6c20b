public import ActorCluster
public import Distributed

/// What workers are told to be like.
public struct ServiceSettings: Codable, Hashable, Sendable {
    /// How much they say.
    public var logLevel: String
    /// In milliseconds.
    public var timeout: Int

    /// With these.
    public init(logLevel: String, timeout: Int) { (self.logLevel, self.timeout) = (logLevel, timeout) }
}

/// A worker that takes the usual commands: each is a method.
public distributed actor Servant: HealthReporting {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    private let worker: WorkerContext
    private var settings = ServiceSettings(logLevel: "info", timeout: 5_000)
    private var reloads = 0
    private var cache = ["a", "b", "c", "d", "e"]

    init(_ worker: WorkerContext) {
        self.worker = worker
        actorSystem = worker.actorSystem
    }

    /// From now on it is like this.
    public distributed func configure(_ settings: ServiceSettings) { self.settings = settings }

    /// Reads its configuration again; how often it has.
    public distributed func reload() -> Int {
        reloads += 1
        return reloads
    }

    /// What it is like.
    public distributed func stats() -> ServiceSettings { settings }

    /// How many entries there were.
    public distributed func clearCache() -> Int {
        defer { cache = [] }
        return cache.count
    }

    /// How full its cache is.
    public distributed func healthCheck() -> [String: String] { ["cached": "\(cache.count)"] }

    /// Throws.
    public distributed func fail(_ text: String) throws { throw UnlistedError(description: text) }

    /// Tells the primary's desk three things, and asks it for something that it does not know.
    public distributed func tellDesk(of matter: String) async throws -> String {
        let desk = try await actorSystem.lookup(Desk.self, named: "desk")
        try await desk.log("from \(worker.id)")
        try await desk.metric("load", 0.5)
        let answer = try await desk.help(with: matter)
        do {
            let other = try Stranger.resolve(id: desk.id, using: actorSystem)
            _ = try await other.onlyHere("x")
        } catch {
            worker.report(error)
        }
        return answer
    }
}

/// Where workers tell the primary what they have to tell: each kind of message is a method.
public distributed actor Desk {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    private var heard: [String] = []

    /// In this process.
    public init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    /// A line for the log.
    public distributed func log(_ line: String) { heard.append("log \(line)") }

    /// A number.
    public distributed func metric(_ name: String, _ value: Double) { heard.append("metric \(name) \(value)") }

    /// A question, which is answered.
    public distributed func help(with matter: String) -> String {
        heard.append("help \(matter)")
        return "turn \(matter) off and on again"
    }

    /// All of that, in order.
    public distributed func all() -> [String] { heard }
}

extension Groups {
    /// Workers that take commands.
    public static let servants = WorkerGroup("servants") { worker in Servant(worker) }
}
