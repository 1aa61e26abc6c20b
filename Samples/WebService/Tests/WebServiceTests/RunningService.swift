import ActorCluster
import Foundation
import Testing

@testable import WebService

/// The service under test.
struct RunningService {
    let program: Program
    let port: Int

    /// Returns when it answers. Another program may have the port that it was given; then it gets another one.
    /// `path`: where the program lies, if not beside this one.
    init(at path: String? = nil, _ arguments: String...) async throws {
        while true {
            let port = Int.random(in: 10_000...29_999)
            let program = try Program("WebService", at: path, ["--port", "\(port)"] + arguments)
            let answers = try await eventually {
                guard program.process.isRunning else { return true }
                return (try? HTTPRequest("/stats", port: port))?.answer().status == 200
            }
            if program.process.isRunning {
                try #require(answers, "the service does not answer")
                (self.program, self.port) = (program, port)
                return
            }
            let output = try program.end().output
            try #require(output.contains("cannot listen on"), "the service ended: \(output)")
        }
    }

    func request(_ path: String, keepsAlive: Bool = false) throws -> HTTPRequest {
        try HTTPRequest(path, port: port, keepsAlive: keepsAlive)
    }

    func figures() throws -> ServiceFigures {
        let text = try request("/stats").answer().text
        let body = try #require(text.range(of: "\r\n\r\n").map { text[$0.upperBound...] })
        return try JSONDecoder().decode(ServiceFigures.self, from: Data(body.utf8))
    }

    /// SIGHUP. Returns when all HTTP workers have new processes and the old ones are gone; each was ready at any time.
    func reload() async throws {
        let before = try Set(figures().http.workers.map(\.pid))
        kill(program.process.processIdentifier, SIGHUP)
        let isDone = try await eventually {
            let now = try figures().http.workers
            #expect(now.allSatisfy { $0.state == .ready }, "\(now.map(\.state))")
            return before.isDisjoint(with: now.map(\.pid))
        }
        try #require(isDone, "the workers are the same")
        _ = try program.line(containing: "http: reloaded")
    }

    /// Sends a heavy job to the only report worker, and returns when that computes.
    func startHeavy() async throws -> (request: HTTPRequest, pid: Int32) {
        let pid = try #require(figures().reports.workers[0].pid)
        let before = processorTime(of: pid)
        let request = try request("/heavy")
        let computes = try await eventually { processorTime(of: pid) > before + .milliseconds(50) }
        try #require(computes, "the report worker does not compute")
        return (request, pid)
    }

    /// SIGTERM, and what came of it.
    func stop() throws -> Int32 {
        kill(program.process.processIdentifier, SIGTERM)
        let (code, output) = try program.end()
        if code != 0 { Issue.record("exit code \(code): \(output)") }
        return code
    }
}
