import ActorCluster

/// One thing that is said.
struct Line: Codable, Sendable {
    let speaker: String
    let text: String
}

/// From chapter VII of Lewis Carroll's "Alice's Adventures in Wonderland" (1865), shortened.
enum Script {
    static let guests = ["Alice", "Hatter", "March Hare", "Dormouse"]
    /// Every guest hears it. What is published is the number of the line that is said.
    static let table = Topic<Int>("table")
    static let lines = [
        ("March Hare", "Have some wine."), ("Alice", "I don't see any wine."), ("March Hare", "There isn't any."),
        ("Hatter", "Your hair wants cutting."), ("Alice", "You should learn not to make personal remarks."),
        ("Hatter", "Why is a raven like a writing-desk?"), ("Alice", "I believe I can guess that."),
        ("March Hare", "Then you should say what you mean."), ("Alice", "At least I mean what I say."),
        ("Hatter", "You might just as well say 'I see what I eat' is the same thing as 'I eat what I see'!"),
        ("Dormouse", "'I breathe when I sleep' is the same thing as 'I sleep when I breathe'!"),
        ("Hatter", "It is the same thing with you."), ("Alice", "What is the answer to the riddle?"),
        ("Hatter", "I haven't the slightest idea."), ("March Hare", "Nor I."),
        ("Alice", "I think you might do something better with the time."), ("Dormouse", "Twinkle, twinkle ..."),
    ].map { Line(speaker: $0.0, text: $0.1) }
}
