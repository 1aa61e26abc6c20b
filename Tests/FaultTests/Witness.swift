import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

/// Reads a pool's events from the moment it is made.
final class Witness: Sendable {
    private final class Log: Sendable {
        let events = Lock<[(at: Instant, event: ClusterEvent)]>([])
    }

    private let log = Log()
    private let task: Task<Void, Never>

    init(_ events: EventStream) {
        let log = log
        task = Task {
            for await event in events { log.events.withLock { $0.append((MonotonicClock.now, event)) } }
        }
    }

    deinit { task.cancel() }

    var events: [(at: Instant, event: ClusterEvent)] { log.events.withLock { $0 } }

    /// What has happened to one worker, in order.
    func kinds(of worker: WorkerID) -> [ClusterEvent.Kind] {
        events.filter { $0.event.worker == worker }.map(\.event.kind)
    }

    /// When something happened to a worker for the first time.
    func moment(of worker: WorkerID, _ matches: (ClusterEvent.Kind) -> Bool) -> Instant? {
        events.first { $0.event.worker == worker && matches($0.event.kind) }?.at
    }

    /// Waits until it has.
    func wait(for worker: WorkerID, _ matches: @escaping @Sendable (ClusterEvent.Kind) -> Bool) async throws -> Instant
    {
        try #require(
            await eventually(within: .seconds(20)) { self.moment(of: worker, matches) != nil }, "\(kinds(of: worker))")
        return try #require(moment(of: worker, matches))
    }
}

extension ClusterEvent.Kind {
    var isUnhealthy: Bool { if case .unhealthy = self { true } else { false } }
    var isOverMemory: Bool { if case .overMemory = self { true } else { false } }
    var isDisconnected: Bool { if case .disconnected = self { true } else { false } }
    var exitStatus: ActorCluster.ExitStatus? { if case .exited(let status, _, _, _) = self { status } else { nil } }
}
