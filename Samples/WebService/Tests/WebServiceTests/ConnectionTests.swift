import ActorCluster
import Foundation
import Testing

@testable import WebLoad
@testable import WebService

@Suite("connections and processes that change", .serialized, .timeLimit(.minutes(3)))
struct ConnectionTests {
    @Test("each distribution serves on the one port", arguments: ["shared", "roundRobin", "leastBusy", "reusePort"])
    func distributions(_ name: String) async throws {
        let service = try await RunningService("--distribution", name)
        let pids = try service.figures().http.workers.compactMap { $0.pid.map { "\($0)" } }
        let answers = try (0..<40).map { _ in try #require(service.request("/pid").answer().body) }
        let counts = pids.map { pid in answers.count { $0 == pid } }
        #expect(counts.reduce(0, +) == 40, "\(answers)")
        if name == "roundRobin" { #expect(counts == [20, 20]) }
        #expect(try service.stop() == 0)
    }

    @Test(
        "N-07, G7: reloads under load cost no request and no connection, and no worker is missing meanwhile",
        arguments: ["shared", "roundRobin", "leastBusy", "reusePort"])
    func reloads(_ name: String) async throws {
        let service = try await RunningService(
            "--http-workers", "4", "--report-workers", "1", "--light-ms", "20", "--distribution", name)
        let end = Flag()
        let port = service.port
        async let load = load(port: port, until: end)
        defer { end.set() }
        for _ in 0..<2 { try await service.reload() }
        end.set()
        let outcomes = try await load
        #expect(outcomes.count { $0 == .status(200) } == outcomes.count(), "\(outcomes.report)")
        #expect(try service.stop() == 0)
    }

    @Test(
        "N-08: kills under load cost the requests inside the killed workers, and the port never refuses",
        arguments: ["shared", "roundRobin"])
    func kills(_ name: String) async throws {
        let service = try await RunningService("--http-workers", "4", "--light-ms", "20", "--distribution", name)
        let end = Flag()
        let port = service.port
        async let load = load(port: port, until: end)
        defer { end.set() }
        for number in 1...4 {
            kill(try #require(service.figures().http.workers[number % 4].pid), SIGKILL)
            let isBack = try await eventually {
                // This request, too, may be inside.
                guard let workers = try? service.figures().http.workers else { return false }
                return workers.map(\.restarts).reduce(0, +) == number && workers.allSatisfy { $0.state == .ready }
            }
            try #require(isBack, "no replacement")
        }
        end.set()
        let outcomes = try await load
        #expect(outcomes.count { !$0.isAnswer } <= 4 * 10, "\(outcomes.report)")
        #expect(outcomes.count { $0.isAnswer && $0 != .status(200) } == 0, "\(outcomes.report)")
        #expect(!outcomes.report.lowercased().contains("refused"), "\(outcomes.report)")
        #expect(try service.stop() == 0)
    }

    @Test("a reload brings the new version; without one it fails, changes nothing, and the next one works")
    func versions() async throws {
        let files = try TemporaryFiles()
        try files.write("1", to: "version")
        let service = try await RunningService("--report-workers", "1", "--version-file", files.path("version"))
        #expect(try versions(of: service) == ["1"])
        try files.write("2", to: "version")
        try await service.reload()
        #expect(try versions(of: service) == ["2"])

        try files.remove("version")
        kill(service.program.process.processIdentifier, SIGHUP)
        #expect(try service.program.line(containing: "reload failed").contains("slot 0"))
        #expect(try versions(of: service) == ["2"])
        try files.write("3", to: "version")
        try await service.reload()
        #expect(try versions(of: service) == ["3"])
        #expect(try service.stop() == 0)
    }

    @Test("G8: a reload to a build that traps costs no worker, and the log tells its last words")
    func trappingBuild() async throws {
        let files = try TemporaryFiles()
        try files.link("WebService", to: Program.directory.appending(path: "WebService").path())
        let service = try await RunningService(at: files.path("WebService"), "--report-workers", "1")
        let before = try service.figures().http.workers.map(\.pid)
        try files.remove("WebService")
        try files.write(
            "#!/bin/sh\necho 'Fatal error: this build traps' >&2\nkill -ILL $$\n", to: "WebService", mode: 0o755)
        kill(service.program.process.processIdentifier, SIGHUP)
        #expect(try service.program.line(containing: "reload failed").contains("signal 4"))
        _ = try service.program.line(containing: "Fatal error: this build traps")
        #expect(try service.figures().http.workers.map(\.pid) == before)
        #expect(try service.figures().reports.workers.map(\.state) == [.ready])

        try files.remove("WebService")
        try files.link("WebService", to: Program.directory.appending(path: "WebService").path())
        try await service.reload()
        #expect(try service.stop() == 0)
    }

    /// What many connections are told.
    private func versions(of service: RunningService) throws -> Set<String> {
        Set(try (0..<20).map { _ in try #require(service.request("/version").answer().body) })
    }

    /// Until `end` is set: 200 light requests in a second, each on a new connection.
    private func load(port: Int, until end: Flag) async throws -> Outcomes {
        var outcomes = Outcomes()
        repeat {
            outcomes.add(try await Load(port: port, isConnectionNew: true).run(Plan(light: 200, heavy: 0, seconds: 1)))
        } while !end.isSet
        return outcomes
    }
}
