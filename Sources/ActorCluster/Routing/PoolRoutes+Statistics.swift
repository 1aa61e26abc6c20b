import ProcessIO
import Synchronization

extension PoolRoutes {
    /// `pingEvery`: a process that has been silent for two of them is stale.
    func statistics(pingEvery: Duration) -> PoolStatistics {
        let (slots, queue, waiting, removed, removedConnections) = forStatistics()
        let workers = slots.map { slot in
            Self.statistics(of: slot, at: MonotonicClock.now, pingEvery: pingEvery)
        }
        var (calls, connections) = (removed, removedConnections)
        for worker in workers {
            calls.add(worker.calls)
            connections.add(worker.connections)
        }
        return PoolStatistics(
            group: group, workers: workers, calls: calls, connections: connections, queued: waiting, queue: queue)
    }

    private static func statistics(of slot: PoolSlot, at now: Instant, pingEvery: Duration) -> WorkerStatistics {
        var calls = slot.record.past
        var connections = slot.record.pastConnections
        for peer in slot.record.counted {
            calls.add(peer.statistics)
            connections.add(peer.connections.now)
        }
        let isThere = slot.state != .exited
        let silence = isThere ? slot.peer.map { max(.zero, now - $0.lastHeard) } : nil
        return WorkerStatistics(
            worker: slot.worker, pid: isThere ? slot.pid : nil, state: slot.state,
            uptime: isThere ? slot.readyAt.map { now - $0 } : nil,
            memory: isThere ? slot.pid.flatMap { residentMemory(of: $0) } : nil, silence: silence,
            isStale: silence.map { $0 > pingEvery * 2 } ?? false, restarts: max(0, slot.record.starts - 1),
            lastExit: slot.record.lastExit,
            sinceLastExit: slot.record.lastExit.map { _ in now - slot.record.exitedAt }, calls: calls,
            connections: connections)
    }
}

extension Peer {
    var lastHeard: Instant { Instant(nanoseconds: heard.load(ordering: .relaxed)) }
}
