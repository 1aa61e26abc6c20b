import Hummingbird

/// Hummingbird as it is without workers.
enum PlainServer {
    static func run(_ routes: Router<BasicRequestContext>, port: Int) async throws {
        let configuration = ApplicationConfiguration(address: .hostname("127.0.0.1", port: port))
        try await Application(router: routes, configuration: configuration, logger: .quiet).runService()
    }
}
