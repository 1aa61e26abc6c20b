import ProcessIO

/// For what must be on its way before the process may end. Any thread, also inside a job.
extension Peer {
    /// Queues a frame and writes as much as the socket takes at once. False: it was not queued, because the pipe has
    /// ended or the peer has not read 1 MiB of what came before.
    package func sendNow(_ frame: OutgoingFrame) -> Bool {
        let (isQueued, isWriter) = state.withLock { state in
            guard state.phase == .open, state.queue.byteCount <= Limits.outboundHigh else { return (false, false) }
            state.append(frame)
            return (true, state.chooseWriter(isLeader: false) == .thread)
        }
        if isWriter { write() }
        return isQueued
    }

    /// Blocks until everything that is queued has been written, the pipe has ended, or the limit has passed.
    package func flush(within limit: Duration) {
        let end = MonotonicClock.now + limit
        while MonotonicClock.now < end {
            let (isOver, isFull, isWriter) = state.withLock { state in
                let isOver = state.phase != .open || state.queue.isEmpty && state.writer != .thread
                return (isOver, state.isFull, !isOver && state.chooseWriter(isLeader: false) == .thread)
            }
            if isOver { return }
            if isWriter {
                write()
            } else if isFull {
                socket.waitForRoom(until: end)
                state.withLock { $0.isFull = false }
            } else {
                // Another thread writes, and may have to hand on what is left.
                socket.waitForRoom(until: MonotonicClock.now + .milliseconds(1))
            }
        }
    }
}
