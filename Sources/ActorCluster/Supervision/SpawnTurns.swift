import ProcessIO

/// Has worker processes started as `SpawnQueue` says: of all clusters of this process, no more at once than there are
/// processors. The event loop's.
final class SpawnTurns: Sendable {
    static let shared = SpawnTurns()

    private struct State {
        var queue = SpawnQueue<ObjectIdentifier>(places: availableProcessors)
        var starts: [ObjectIdentifier: @Sendable () -> Void] = [:]
        var timer = LoopTimer()
    }

    private let state = LoopConfined(State())

    /// Calls `start` when it is its turn. The place is to be given back.
    func take(_ id: ObjectIdentifier, on loop: EventLoop, _ start: @escaping @Sendable () -> Void) {
        state.with(loop) { $0.starts[id] = start }
        go(loop) { $0.add(id, at: $1) }
    }

    /// Its process needs no place any more.
    func giveBack(_ id: ObjectIdentifier, on loop: EventLoop) { go(loop) { $0.remove(id, at: $1) } }

    /// It is not to be started. False: it has had its turn.
    func withdraw(_ id: ObjectIdentifier, on loop: EventLoop) -> Bool {
        let isWithdrawn = state.with(loop) { state in
            state.starts[id] = nil
            return state.queue.withdraw(id)
        }
        if isWithdrawn { go(loop) { $0.tick(at: $1) } }
        return isWithdrawn
    }

    private func go(
        _ loop: EventLoop, _ rule: (inout SpawnQueue<ObjectIdentifier>, Instant) -> [ObjectIdentifier]
    ) {
        let now = MonotonicClock.now
        let starts = state.with(loop) { state in
            let starts = rule(&state.queue, now).compactMap { state.starts.removeValue(forKey: $0) }
            state.timer.set(to: state.queue.nextDeadline, on: loop) { self.go(loop) { $0.tick(at: $1) } }
            return starts
        }
        for start in starts { start() }
    }
}
