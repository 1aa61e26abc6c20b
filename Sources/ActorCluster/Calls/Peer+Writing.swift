import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension Peer: Flushable {
    /// Writes what has been queued in this turn, unless another thread has.
    package func flush() {
        let isWriter = state.withLock { state in
            guard state.writer == .atEndOfTurn else { return false }
            state.writer = .thread
            return true
        }
        if isWriter { write() }
    }

    /// Writes what is queued, and what others append meanwhile. Called by the thread that has become the writer. Gives
    /// what has stopped it; `nil`: nothing is left that may go now.
    @discardableResult
    func write() -> Transfer? {
        do {
            while let transfer = try writeOnce() {
                guard case .moved(let count) = transfer else {
                    stop(after: transfer)
                    return transfer
                }
                let (mayRelease, passed) = state.withLock { state in
                    let passed = state.wrote(count)
                    return (state.mayRelease(), passed)
                }
                // Closed outside the lock, if nobody else holds them.
                withExtendedLifetime(passed) {}
                if mayRelease { loop.execute { self.releaseHeld() } }
            }
            return nil
        } catch {
            stop(after: .closed)
            // Reading would not find this, and what is queued would wait for ever.
            loop.execute { self.disconnect(error) }
            return .closed
        }
    }

    private func stop(after transfer: Transfer) {
        switch transfer {
        case .moved: break
        case .wouldBlock:
            isFull()
            loop.execute { self.watchWritable(true) }
        case .congested:
            isFull()
            loop.execute { self.tryAgainLater() }
        case .closed:
            // Reading finds the same end, after what the peer had still written.
            state.withLock { state in
                state.wrote(0)
                state.writer = .none
            }
        }
    }

    private func isFull() {
        state.withLock { state in
            state.wrote(0)
            state.writer = .none
            state.isFull = true
        }
    }

    /// Too many descriptors of this user's are in sockets, or the system has no memory for what is sent.
    private func tryAgainLater() {
        _ = loop.schedule(at: MonotonicClock.now + Limits.descriptorPause) { self.update { $0.isFull = false } }
    }

    /// `nil`: there is nothing to write. The pieces are let go of at once, because the queue uses their memory again.
    private func writeOnce() throws -> Transfer? {
        try state.withLock { $0.takePieces() }.map { try Self.write($0.0, $0.1, to: socket) }
    }

    /// The socket has room again. On the loop.
    func becameWritable() {
        watchWritable(false)
        update { $0.isFull = false }
    }

    private func watchWritable(_ wanted: Bool) {
        guard let watch = input.with(loop, { $0.watch }) else { return }
        do {
            try loop.change(watch, to: wanted ? [.readable, .writable] : .readable)
        } catch {
            // The descriptor is ours and open, so the poller has no reason to refuse; if it does, the pipe is of no
            // use.
            disconnect(error)
        }
    }

    /// One system call for all pieces.
    private static func write(
        _ pieces: [WriteQueue.Piece], _ descriptors: DescriptorGroup?, to socket: Socket
    ) throws -> Transfer {
        try withUnsafeTemporaryAllocation(of: iovec.self, capacity: pieces.count) { vectors throws -> Transfer in
            let write = { () throws -> Transfer in
                guard let descriptors else { return try socket.write(vectors) }
                return try socket.write(vectors, passing: descriptors)
            }
            return try pieces.count == 1
                ? put(pieces[0], in: vectors, at: 0, write) : gather(pieces[...], into: vectors, at: 0, write)
        }
    }

    private static func put(
        _ piece: WriteQueue.Piece, in vectors: UnsafeMutableBufferPointer<iovec>, at index: Int,
        _ body: () throws -> Transfer
    ) throws -> Transfer {
        try piece.bytes.withUnsafeBytes { bytes in
            let part = UnsafeMutableRawBufferPointer(mutating: UnsafeRawBufferPointer(rebasing: bytes[piece.range]))
            vectors.initializeElement(at: index, to: iovec(iov_base: part.baseAddress, iov_len: part.count))
            return try body()
        }
    }

    private static func gather(
        _ pieces: ArraySlice<WriteQueue.Piece>, into vectors: UnsafeMutableBufferPointer<iovec>, at index: Int,
        _ body: () throws -> Transfer
    ) throws -> Transfer {
        guard let piece = pieces.first else { return try body() }
        return try put(piece, in: vectors, at: index) {
            try gather(pieces.dropFirst(), into: vectors, at: index + 1, body)
        }
    }
}

extension Peer.State {
    /// `nil`: nothing is left, and this thread is the writer no more.
    fileprivate mutating func takePieces() -> ([WriteQueue.Piece], DescriptorGroup?)? {
        let pieces = phase == .open ? queue.take() : []
        writer = pieces.isEmpty ? .none : .thread
        // While the system call runs nobody knows how far it got: what it was given counts as written until it returns.
        WriteQueue.forEachToken(in: pieces) { pending.written($0) }
        return pieces.isEmpty ? nil : (pieces, queue.descriptors)
    }

    @discardableResult
    fileprivate mutating func wrote(_ count: Int) -> DescriptorGroup? {
        if case .closed = phase { return nil }
        let passed = queue.wrote(count)
        bytesSent += UInt64(count)
        WriteQueue.forEachToken(in: queue.inFlight) { pending.notWritten($0) }
        admit()
        return passed
    }
}
