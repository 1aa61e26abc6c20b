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

    @Option(help: "The port of the first HTTP worker on 127.0.0.1.")
    var port = 8080
    @Option(help: "How many HTTP workers there are; requests go to their ports in turn.")
    var httpWorkers = 2
    @Option(help: "For how many seconds requests are sent.")
    var seconds = 20
    @Option(help: "Requests for /light in each second.")
    var light = 8
    @Option(help: "Requests for /heavy in each second.")
    var heavy = 1
    @Option(help: "Seconds after which a request counts as not answered.")
    var patience = 30

    func validate() throws {
        guard port > 0, httpWorkers > 0, port + httpWorkers <= 65_536 else {
            throw ValidationError("There are no such ports.")
        }
        guard (0...1_000).contains(light), (0...1_000).contains(heavy), light + heavy > 0 else {
            throw ValidationError("There can be 0 to 1000 requests of each kind in a second, and one at least.")
        }
        guard (1...86_400).contains(seconds), (1...86_400).contains(patience) else {
            throw ValidationError("Times are 1 to 86400 seconds.")
        }
    }

    func run() async throws {
        let plan = Plan(light: light, heavy: heavy, seconds: seconds)
        let load = Load(ports: Array(port..<port + httpWorkers), patience: .seconds(Int64(patience)))
        let outcomes = try await load.run(plan)
        print(outcomes.report)
        guard outcomes.allAnswered else { throw ExitCode.failure }
    }
}
