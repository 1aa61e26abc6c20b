import ActorCluster
import Distributed

/// Sits at the table in a process of its own, and knows nothing but its part: it speaks when it hears its cue.
distributed actor Guest {
    typealias ActorSystem = ClusterActorSystem

    private let name: String
    private let pause: Duration
    private var heard: [String] = []

    init(_ name: String, pause: Duration, actorSystem: ClusterActorSystem) {
        (self.name, self.pause) = (name, pause)
        self.actorSystem = actorSystem
    }

    /// From now on it can be found by its name, and it listens.
    distributed func sitDown() async throws {
        try await actorSystem.register(self, as: name)
        try await actorSystem.subscribe(to: Script.table, on: self, whenFull: .slowPublisher) { guest, number in
            try await guest.hear(number)
        }
    }

    /// Somebody says this line.
    distributed func hear(_ number: Int) async {
        if Script.lines[number].speaker != name { heard.append(Script.lines[number].text) }
        let next = number + 1
        guard Script.lines.indices.contains(next), Script.lines[next].speaker == name else { return }
        do {
            try await Task.sleep(for: pause)
            // A call from one worker to another, by name.
            if name == "Gardener", Script.lines[number].speaker == "Watchman" {
                _ = try await actorSystem.lookup(Guest.self, named: "Watchman").nudge()
            }
            heard.append(Script.lines[next].text)
            try await actorSystem.publish(next, to: Script.table)
        } catch {
            print("\(name) is lost for words: \(error)")
        }
    }

    /// What it says to that.
    distributed func nudge() -> String { "My eyes were only resting." }

    /// What it remembers of what was said, latest first, with time to yawn between.
    distributed func memories() -> RemoteStream<String> {
        let (heard, pause) = (heard, pause)
        return RemoteStream(
            AsyncStream { stream in
                let telling = Task {
                    for text in heard.reversed() {
                        try await Task.sleep(for: pause)
                        stream.yield(text)
                    }
                    stream.finish()
                }
                stream.onTermination = { _ in telling.cancel() }
            })
    }
}
