import ProcessIO

/// Writes what workers print to this process's own standard error, on a thread that may be blocked by whoever reads
/// that.
enum StandardErrorRelay {
    private struct State {
        /// Of workers that have ended.
        var lastBytes = 0
        var dropped = 0
    }

    private static let thread = SerialThread("ac-stderr")
    private static let state = Lock(State())

    /// Calls `done` on another thread when the bytes are written. Those of a worker that has ended cannot wait in its
    /// pipe, so they are dropped, and counted, when too many are here already.
    static func write(_ bytes: [UInt8], areLast: Bool, _ done: @escaping @Sendable () -> Void) {
        guard !areLast || reserve(bytes.count) else { return done() }
        do {
            try thread.execute {
                tellOfDropped()
                bytes.withUnsafeBytes { writeAll($0, to: 2) }
                if areLast { state.withLock { $0.lastBytes -= bytes.count } }
                done()
            }
        } catch {
            state.withLock { state in
                if areLast { state.lastBytes -= bytes.count }
                state.dropped += bytes.count
            }
            done()
        }
    }

    private static func reserve(_ count: Int) -> Bool {
        state.withLock { state in
            let hasRoom = state.lastBytes + count <= Limits.relayedBytes
            if hasRoom { state.lastBytes += count } else { state.dropped += count }
            return hasRoom
        }
    }

    private static func tellOfDropped() {
        let dropped = state.withLock { state in
            defer { state.dropped = 0 }
            return state.dropped
        }
        guard dropped > 0 else { return }
        let text = "ActorCluster: \(dropped) bytes of workers' standard error were dropped\n"
        Array(text.utf8).withUnsafeBytes { writeAll($0, to: 2) }
    }
}
