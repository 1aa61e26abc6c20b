import ActorCluster

/// One thing that is said.
struct Line: Codable, Sendable {
    let speaker: String
    let text: String
}

/// An evening in a kitchen by the sea.
enum Script {
    static let guests = ["Cook", "Gardener", "Fisher", "Watchman"]
    /// Every guest hears it. What is published is the number of the line that is said.
    static let table = Topic<Int>("table")
    static let lines = [
        ("Fisher", "Soup tonight?"), ("Cook", "If somebody brings a fish."), ("Fisher", "The sea was out."),
        ("Gardener", "Then it is leeks again."), ("Cook", "It was leeks yesterday."),
        ("Gardener", "Yesterday's leeks were younger."), ("Fisher", "So were we."), ("Cook", "Who had the salt?"),
        ("Gardener", "I put it where it belongs."), ("Fisher", "And where is that?"),
        ("Watchman", "Every key belongs to a door, even the lost ones ..."),
        ("Gardener", "He is on duty with his eyes shut."), ("Cook", "Will anybody lay the table?"),
        ("Gardener", "I have laid a hedge today."), ("Fisher", "And I three nets."),
        ("Cook", "Then I shall lay down my spoon."), ("Watchman", "All quiet. Nothing to report."),
    ].map { Line(speaker: $0.0, text: $0.1) }
}
