import ActorCluster
import Distributed
import Hummingbird
import Logging

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension Router<BasicRequestContext> {
    /// Answers after a while in which it computes nothing.
    func addLight(waiting: Duration) {
        get("light") { _, _ in
            if waiting > .zero { try await Task.sleep(for: waiting) }
            return "light\n"
        }
    }

    /// Has an idle report worker compute. A job whose client goes away is cancelled.
    func addHeavy(computing: Duration, within limit: Duration, by reports: Reporter) {
        get("heavy") { request, _ in
            let job = ReportRequest(computing: computing, seed: .random(in: 0...UInt64.max))
            // Hummingbird closes the connection after it has watched for its end.
            let headers: HTTPFields = [.connection: "close"]
            do {
                let report = try await request.body.consumeWithCancellationOnInboundClose { _ in
                    try await withCallTimeout(limit) { try await reports.report(job) }
                }
                return EditedResponse(headers: headers, response: report)
            } catch let error as CallError {
                if case .workerDied = error { Logger.service.warning("/heavy: \(error)") }
                throw HTTPError(error, retryAfter: computing, headers: headers)
            }
        }
    }

    /// Tells of the workers.
    func addStatistics(from actorSystem: ClusterActorSystem) {
        get("stats") { _, _ in
            do {
                return try await actorSystem.lookup(Statistics.self, named: Statistics.name).figures()
            } catch CallError.targetMissing {
                throw HTTPError(.serviceUnavailable, message: "the service is just starting")
            }
        }
    }

    /// Tells who answers.
    func addIdentity(version: String) {
        get("version") { _, _ in "\(version)\n" }
        get("pid") { _, _ in "\(getpid())\n" }
    }
}

extension HTTPError {
    /// What a client is told when its job has no result: nothing of workers, which are none of its business.
    init(_ error: CallError, retryAfter pause: Duration, headers: HTTPFields) {
        let (status, words): (HTTPResponse.Status, String) =
            switch error {
            case .timeout: (.gatewayTimeout, "the report was not ready in time")
            case .overloaded, .noWorkerAvailable, .shuttingDown:
                (.serviceUnavailable, "too much to do: try again later")
            default: (.internalServerError, "the report failed")
            }
        var headers = headers
        if status == .serviceUnavailable { headers[.retryAfter] = "\(max(1, pause.components.seconds))" }
        self.init(status, headers: headers, message: words)
    }
}
