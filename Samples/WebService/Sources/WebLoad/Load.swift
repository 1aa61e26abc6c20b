import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Sends the requests of a plan on time, without waiting for answers to earlier ones.
struct Load {
    let port: Int
    var patience = TimeAmount.seconds(30)
    /// Whether each request has a connection of its own.
    var isConnectionNew = false

    func run(_ plan: Plan) async throws -> Outcomes {
        var configuration = HTTPClient.Configuration()
        // Requests that wait for a connection would be late.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 10_000
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(configuration: configuration)
        let start = ContinuousClock.now
        let outcomes = await withTaskGroup(of: (path: String, Outcomes.End, Duration).self) { group in
            for request in plan.requests {
                try? await Task.sleep(until: start + request.time)
                let url = "http://127.0.0.1:\(port)\(request.path)"
                group.addTask {
                    let sent = ContinuousClock.now
                    let end = await answer(to: url, from: client)
                    return (request.path, end, ContinuousClock.now - sent)
                }
            }
            return await group.reduce(into: Outcomes()) { $0.add($1.path, $1.1, after: $1.2) }
        }
        try await client.shutdown()
        return outcomes
    }

    private func answer(to url: String, from client: HTTPClient) async -> Outcomes.End {
        do {
            var request = HTTPClientRequest(url: url)
            if isConnectionNew { request.headers.add(name: "Connection", value: "close") }
            let response = try await client.execute(request, timeout: patience)
            _ = try await response.body.collect(upTo: 1 << 20)
            return .status(response.status.code)
        } catch {
            return .noAnswer("\(error)")
        }
    }
}
