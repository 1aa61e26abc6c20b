import ProcessIO

/// What a peer keeps of calls and frames; nothing once it is closed and every method that ran for it has ended.
package struct PeerLeftovers: Equatable, Sendable {
    /// Calls of this process without an outcome.
    package var pending = 0
    /// Places in the line, those of ended calls included.
    package var bookkeeping = 0
    /// Calls of the peer without an answer.
    package var running = 0
    /// Bytes that are not written.
    package var queuedBytes = 0

    package init(pending: Int = 0, bookkeeping: Int = 0, running: Int = 0, queuedBytes: Int = 0) {
        (self.pending, self.bookkeeping) = (pending, bookkeeping)
        (self.running, self.queuedBytes) = (running, queuedBytes)
    }

    package var isEmpty: Bool { self == PeerLeftovers() }
}

extension Peer {
    package var leftovers: PeerLeftovers {
        state.withLock { state in
            PeerLeftovers(
                pending: state.pending.count + state.posts.waitingCount, bookkeeping: state.pending.bookkeeping,
                running: state.running.count,
                queuedBytes: state.queue.byteCount + state.posts.bytes)
        }
    }
}
