import ActorCluster

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Four processes talk about a topic that all of them hear; each speaks at its cue, and nobody directs them.
@main
enum Chat {
    static let usage = """
        Usage: Chat [--quick]

        A tea party of four worker processes. What one says is published to a topic and heard by
        all, and whose cue it is goes on. At the end the Dormouse tells what it remembers, as a
        stream, until nobody listens any more. With --quick nobody thinks before speaking.
        """

    static func main() async throws {
        // A worker has the arguments of its primary.
        let words = Array(CommandLine.arguments.dropFirst())
        guard words.isEmpty || words == ["--quick"] else {
            print(usage)
            exit(words == ["--help"] ? 0 : 2)
        }
        let guests = WorkerGroup("guests") { worker in
            let pause = words.isEmpty ? Duration.milliseconds(700) : .zero
            let guest = Guest(Script.guests[worker.id.slot], pause: pause, actorSystem: worker.actorSystem)
            try await guest.sitDown()
            return guest
        }
        try await Cluster.run(guests) { cluster in
            let heard = try await cluster.actorSystem.subscribe(to: Script.table)
            let pool = try await cluster.start(guests, count: Script.guests.count)
            for worker in pool.workers { print("\(Script.guests[worker.id.slot]) is process \(worker.pid ?? 0).") }
            try await cluster.actorSystem.publish(0, to: Script.table)
            for await number in heard {
                print("\(Script.lines[number].speaker): \(Script.lines[number].text)")
                if number == Script.lines.count - 1 { break }
            }
            let dormouse = try await cluster.actorSystem.lookup(Guest.self, named: "Dormouse")
            print("(What was said? The Dormouse: \"\(try await dormouse.pinch())\")")
            for try await text in try await dormouse.memories().prefix(3) { print("    ... \(text)") }
        }
    }
}
