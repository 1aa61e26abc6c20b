import ActorCluster
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOPosix

/// Hummingbird on the connections of a listener that come to this worker.
struct WebServer: Sendable {
    /// The listener's name.
    static let listener = "web"

    private let connections: OpenConnections
    private let serving: Task<Void, Never>

    static func start(_ routes: Router<BasicRequestContext>, in worker: WorkerContext) -> WebServer {
        let connections = OpenConnections()
        let http = HTTP1Channel(routes, connections)
        let serving = Task {
            await withDiscardingTaskGroup { group in
                // This ends when the worker is to leave.
                for await connection in worker.connections(listener) {
                    group.addTask { await serve(connection, http, connections) }
                }
            }
        }
        return WebServer(connections: connections, serving: serving)
    }

    /// When no connection comes any more: returns when those that are there have ended, each after the request that it
    /// is in, soon without one.
    func shutDown() async {
        connections.drain()
        await serving.value
    }

    private static func serve(_ connection: Connection, _ http: HTTP1Channel, _ connections: OpenConnections) async {
        // It counts as active until then.
        defer { connection.close() }
        guard let descriptor = connection.take() else { return }
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
        // It throws when the client is gone.
        let channel = try? await bootstrap.withConnectedSocket(descriptor) { channel in
            connections.add(channel)
            return http.setup(channel: channel, logger: .quiet)
        }
        if let channel { await http.handle(value: channel, logger: .quiet) }
    }
}
