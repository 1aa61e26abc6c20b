import ArgumentParser
import NIOCore

/// The command line.
@main
struct WebLoad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "WebLoad",
        abstract: "Sends requests to a running WebService at a fixed rate, however slow it answers.",
        discussion: """
            Prints how long answers took and how many there were of each status. \
            Exit code: 0 if every request got an answer, whatever its status; 1 if one did not.
            """)

    @Option(help: "The port of the service on 127.0.0.1.")
    var port = 8080
    @Option(help: "For how many seconds requests are sent.")
    var seconds = 20
    @Option(help: "Requests for /light in each second.")
    var light = 8
    @Option(help: "Requests for /heavy in each second.")
    var heavy = 1
    @Option(help: "Seconds after which a request counts as not answered.")
    var patience = 30

    @Flag(help: "Send each request on a connection of its own.")
    var newConnections = false

    func validate() throws {
        guard (1...65_535).contains(port) else { throw ValidationError("There is no such port.") }
        guard (0...1_000).contains(light), (0...1_000).contains(heavy), light + heavy > 0 else {
            throw ValidationError("There can be 0 to 1000 requests of each kind in a second, and one at least.")
        }
        guard (1...86_400).contains(seconds), (1...86_400).contains(patience) else {
            throw ValidationError("Times are 1 to 86400 seconds.")
        }
    }

    func run() async throws {
        let plan = Plan(light: light, heavy: heavy, seconds: seconds)
        let load = Load(port: port, patience: .seconds(Int64(patience)), isConnectionNew: newConnections)
        let outcomes = try await load.run(plan)
        print(outcomes.report)
        guard outcomes.allAnswered else { throw ExitCode.failure }
    }
}
