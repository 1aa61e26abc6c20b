public import ActorCluster
public import Distributed

/// A root actor that says how it is, as it is told to.
public distributed actor Reporter: HealthReporting {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    /// What it does when it is asked.
    public enum Mood: String, Codable, Sendable {
        case well, throwing, endless, talkative
        /// Throws twice, is well once, and so on.
        case relapsing
    }

    private var mood = Mood.well
    private var asked = 0

    /// In this process.
    public init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    /// What it does from now on.
    public distributed func become(_ mood: Mood) { self.mood = mood }

    /// How often it has been asked.
    public distributed func timesAsked() -> Int { asked }

    /// What it got, after a pause.
    public distributed func echo(_ text: String, afterMilliseconds pause: Int) async throws -> String {
        try await Task.sleep(for: .milliseconds(pause))
        return text
    }

    private var well: [String: String] { ["asked": "\(asked)", "database": "connected"] }

    /// How it is.
    public distributed func healthCheck() async throws -> [String: String] {
        asked += 1
        switch mood {
        case .well: return well
        case .throwing: throw UnlistedError(description: "no database")
        case .relapsing:
            guard asked.isMultiple(of: 3) else { throw UnlistedError(description: "no database") }
            return well
        case .endless:
            try await Task.sleep(for: .seconds(3_600))
            return [:]
        case .talkative: return ["text": String(repeating: "x", count: 9_000)]
        }
    }
}
