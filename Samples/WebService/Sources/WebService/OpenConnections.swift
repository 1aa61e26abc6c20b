import NIOCore
import Synchronization

/// A worker's HTTP connections.
final class OpenConnections: Sendable {
    /// Tells the pipeline of each.
    struct WorkerLeaves: Sendable {}

    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isDraining = false
    }

    private let state = Mutex(State())

    var isDraining: Bool { state.withLock { $0.isDraining } }

    func add(_ channel: any Channel) {
        state.withLock { $0.channels[ObjectIdentifier(channel)] = channel }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { $0.channels[ObjectIdentifier(channel)] = nil }
        }
    }

    /// Has each end as soon as that costs no request.
    func drain() {
        let channels = state.withLock { state in
            state.isDraining = true
            return state.channels.values.map { $0 }
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(WorkerLeaves()) }
    }
}
