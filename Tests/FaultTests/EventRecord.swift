import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

/// Reads events in a task of its own and keeps them.
final class EventRecord: Sendable {
    private let kept: Kept
    private let reading: Task<Void, Never>

    private final class Kept: Sendable {
        let events = Lock<[ClusterEvent]>([])
        let isOver = Lock(false)
    }

    init(_ events: EventStream) {
        let kept = Kept()
        self.kept = kept
        reading = Task {
            for await event in events { kept.events.withLock { $0.append(event) } }
            kept.isOver.withLock { $0 = true }
        }
    }

    deinit { reading.cancel() }

    /// So far.
    var events: [ClusterEvent] { kept.events.withLock { $0 } }
    /// The sequence has ended.
    var isOver: Bool { kept.isOver.withLock { $0 } }

    /// What has been told of one process so far.
    func kinds(of worker: WorkerID) -> [ClusterEvent.Kind] { events.filter { $0.worker == worker }.map(\.kind) }

    /// What has been told of pools and the cluster so far.
    var kindsOfNobody: [ClusterEvent.Kind] { events.filter { $0.worker == nil }.map(\.kind) }

    /// Waits until the events so far are as they should be.
    func wait(
        _ what: Comment, within limit: Duration = .seconds(5),
        until condition: @escaping @Sendable ([ClusterEvent]) -> Bool,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let isSo = try await eventually(within: limit * TestLength.patience) { condition(self.events) }
        try #require(isSo, "waited in vain for \(what); events: \(events)", sourceLocation: location)
    }

    /// Waits until the process has exited.
    func waitForExit(of worker: WorkerID, at location: SourceLocation = #_sourceLocation) async throws {
        try await wait(
            "the exit of \(worker)", until: { $0.contains { $0.worker == worker && $0.kind.isExit } }, at: location)
    }

    /// Lets go of the events' source.
    func stop() async {
        reading.cancel()
        await reading.value
    }
}

extension ClusterEvent.Kind {
    var isExit: Bool { if case .exited = self { true } else { false } }
    var isSpawn: Bool { if case .spawned = self { true } else { false } }
    var isGaveUp: Bool { if case .gaveUp = self { true } else { false } }
    var isRestarting: Bool { if case .restarting = self { true } else { false } }
    var isError: Bool { if case .error = self { true } else { false } }

    /// Its name alone.
    var name: String { String("\(self)".prefix { $0 != "," && $0 != " " && $0 != ":" }) }
}
