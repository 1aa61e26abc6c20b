import ActorCluster
import Foundation
import Testing

@testable import WebService

@Suite("the service as processes", .serialized, .timeLimit(.minutes(3)))
struct ServiceTests {
    @Test("the workers answer on one port, heavy requests by way of a report worker, and their connections are counted")
    func answers() async throws {
        let service = try await RunningService("--heavy-ms", "100")
        for _ in 0..<2 {
            #expect(try service.request("/light").answer().status == 200)
            let report = try service.request("/heavy").answer()
            #expect(report.status == 200)
            #expect(report.text.contains("\"worker\":\"reports\\/"), "\(report.text)")
            #expect(try service.request("/other").answer().status == 404)
        }
        let figures = try service.figures()
        #expect(figures.http.workers.map(\.state) == [.ready, .ready])
        #expect(figures.reports.workers.map(\.state) == [.ready, .ready])
        #expect(figures.reports.workers.map(\.completed).reduce(0, +) == 2)
        #expect(figures.reports.latencyP50 >= 100)
        let pid = try service.request("/pid").answer()
        #expect(figures.http.workers.contains { "\($0.pid ?? 0)" == pid.body }, "\(pid.text)")
        #expect(try service.request("/version").answer().body == "1")
        let isCounted = try await eventually {
            let now = try service.figures().http
            return now.connections.total >= 10
                && now.workers.map(\.connections.total).reduce(0, +) == now.connections.total
        }
        #expect(isCounted)
        #expect(try service.stop() == 0)
    }

    @Test("P-11: jobs past their limit are answered 504 and jobs past the queue 503, with a time to come back")
    func refusals() async throws {
        let service = try await RunningService(
            "--report-workers", "1", "--queue", "1", "--heavy-ms", "60000", "--heavy-limit-ms", "2000")
        let (running, pid) = try await service.startHeavy()
        let others = try (0..<2).map { _ in try service.request("/heavy") }
        #expect(try await eventually { try service.figures().reports.waiting == 1 })
        let answers = others.map { $0.answer() }.sorted { $0.status ?? 0 < $1.status ?? 0 }
        #expect(answers.map(\.status) == [503, 504])
        #expect(answers[0].text.lowercased().contains("retry-after: 60"), "\(answers[0].text)")
        #expect(running.answer().status == 504)
        #expect(try await rests(pid), "the job whose limit has passed goes on")
        #expect(try service.stop() == 0)
    }

    @Test("a report worker killed while it computes costs that job, and no other")
    func killedReportWorker() async throws {
        let service = try await RunningService("--report-workers", "1", "--queue", "2", "--heavy-ms", "1000")
        let (running, pid) = try await service.startHeavy()
        let waiting = try service.request("/heavy")
        kill(pid, SIGKILL)
        let lost = running.answer()
        #expect(lost.status == 500)
        #expect(lost.text.contains("the report failed") && !lost.text.contains("reports/"), "\(lost.text)")
        #expect(waiting.answer().status == 200)
        #expect(try service.figures().reports.workers[0].restarts == 1)
        #expect(try service.stop() == 0)
    }

    @Test("a client that closes its connection has its job cancelled")
    func closedConnection() async throws {
        let service = try await RunningService(
            "--report-workers", "1", "--heavy-ms", "120000", "--heavy-limit-ms", "120000")
        let pid = try await service.startHeavy().pid
        #expect(try await rests(pid), "the job goes on though nobody waits for it")
        #expect(try service.figures().reports.workers[0].restarts == 0)
        #expect(try service.stop() == 0)
    }

    @Test("G-01: SIGTERM while requests are open has all of them answered, idle connections closed, and exit code 0")
    func drains() async throws {
        let service = try await RunningService(
            "--report-workers", "1", "--queue", "4", "--light-ms", "1500", "--heavy-ms", "1000")
        let idle = try (0..<4).map { _ in try service.request("/version", keepsAlive: true) }
        #expect(idle.allSatisfy { $0.answer(upTo: "1\n").status == 200 })
        var open = try (0..<20).map { try service.request("/light", keepsAlive: $0 % 2 == 0) }
        let heavy = try await service.startHeavy().request
        open.append(try service.request("/heavy"))
        _ = try service.figures()
        kill(service.program.process.processIdentifier, SIGTERM)
        // Sent when the worker is to leave, or just before.
        #expect(idle[0].sendNext("/version"))
        #expect(idle[0].answer().status == 200)
        #expect(([heavy] + open).map { $0.answer().status } == Array(repeating: 200, count: 22))
        #expect(idle.dropFirst().allSatisfy { $0.answer().text.isEmpty })
        let (code, output) = try service.program.end()
        #expect(code == 0, "\(output)")
        #expect(throws: HTTPRequest.Failure.self) { try service.request("/light") }
    }

    @Test("a port in use ends the service with an error that says so")
    func portInUse() async throws {
        let service = try await RunningService()
        let (code, output) = try Program("WebService", ["--port", "\(service.port)", "--http-workers", "1"]).end()
        #expect(code == 1)
        #expect(output.contains("cannot listen on 127.0.0.1:\(service.port)"), "\(output)")
        #expect(try service.stop() == 0)
    }

    @Test("the load program counts its answers, and says by its exit code whether one is missing")
    func load() async throws {
        let service = try await RunningService("--heavy-ms", "300")
        let (code, output) = try Program("WebLoad", ["--port", "\(service.port)", "--seconds", "3"]).end()
        #expect(code == 0, "\(output)")
        #expect(output.contains("/light: 24, "), "\(output)")
        #expect(output.contains("/heavy: 3, "), "\(output)")
        #expect(output.contains("  200: 24, "), "\(output)")
        #expect(try service.stop() == 0)
        #expect(try Program("WebLoad", ["--port", "\(service.port)", "--seconds", "1"]).end().code == 1)
    }

    private static let isLong = ProcessInfo.processInfo.environment["LONG_TESTS"] == "1"

    @Test("P-10: with enough report workers all requests of 20 s are answered 200", .enabled(if: isLong))
    func enoughWorkers() async throws {
        let service = try await RunningService("--report-workers", "6")
        let (code, output) = try Program("WebLoad", ["--port", "\(service.port)", "--seconds", "20"]).end()
        #expect(code == 0, "\(output)")
        #expect(output.contains("  200: 160, ") && output.contains("  200: 20, "), "\(output)")
        #expect(try service.figures().reports.workers.map(\.completed).reduce(0, +) == 20)
        #expect(try service.stop() == 0)
    }

    @Test(
        "P-11: with too few, light requests do not notice; each heavy one is answered 200 or 504", .enabled(if: isLong))
    func tooFewWorkers() async throws {
        let service = try await RunningService("--queue", "20")
        let (code, output) = try Program("WebLoad", ["--port", "\(service.port)", "--seconds", "30"]).end()
        #expect(code == 0, "\(output)")
        #expect(output.contains("  200: 240, ") && output.contains("/heavy: 30, "), "\(output)")
        #expect(!output.contains("  500: ") && !output.contains("  503: "), "\(output)")
        #expect(try service.stop() == 0)
    }

    /// Whether a process comes to use no processor any more.
    private func rests(_ pid: Int32) async throws -> Bool {
        var last = Duration.zero
        var same = 0
        return try await eventually {
            let time = processorTime(of: pid)
            same = time == last ? same + 1 : 0
            last = time
            return same == 40
        }
    }
}
