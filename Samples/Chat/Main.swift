import ActorCluster
import Terminal

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

        An evening of four worker processes. What one says is published to a topic and heard by
        all, and whose cue it is goes on. At the end the watchman tells what he remembers, as a
        stream, until nobody listens any more. With --quick nobody thinks before speaking.
        """

    static func main() async throws {
        // A worker has the arguments of its primary.
        let words = Array(CommandLine.arguments.dropFirst())
        if words == ["--help"] { return print(usage) }
        guard words.isEmpty || words == ["--quick"] else {
            writeToStandardError("Chat: --quick is the only option, not \(words.joined(separator: " ")) (try --help)\n")
            exit(2)
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
            let watchman = try await cluster.actorSystem.lookup(Guest.self, named: "Watchman")
            print("(Who has heard all that? The watchman: \"\(try await watchman.nudge())\")")
            for try await text in try await watchman.memories().prefix(3) { print("    ... \(text)") }
        }
    }
}
