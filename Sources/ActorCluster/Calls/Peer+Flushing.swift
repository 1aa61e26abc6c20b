import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

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
        var isCongested = false
        while MonotonicClock.now < end {
            let (isOver, isFull, isWriter, sent) = state.withLock { state in
                let isOver = state.phase != .open || state.queue.isEmpty && state.writer != .thread
                let isWriter = !isOver && state.chooseWriter(isLeader: false) == .thread
                return (isOver, state.isFull, isWriter, state.bytesSent)
            }
            if isOver { return }
            if isWriter {
                let stop = write()
                isCongested = stop == .congested
                // What is left may not go before the peer looks for descriptors, or the loop learns that it is gone.
                if stop == nil || stop == .closed, state.withLock({ $0.bytesSent }) == sent { rest(.milliseconds(1)) }
            } else if isFull {
                // The loop, which would see to this, may be inside the job that ends the process.
                if isCongested { rest(Limits.descriptorPause) } else { socket.waitForRoom(until: end) }
                isCongested = false
                state.withLock { $0.isFull = false }
            } else {
                // Another thread writes, and may have to hand on what is left.
                rest(.milliseconds(1))
            }
        }
    }
}

/// Leaves the processor, and the lock, to others: no socket says when to go on.
private func rest(_ time: Duration) {
    poll(nil, 0, Int32(clamping: time.wholeNanoseconds / 1_000_000))
}
