package import ProcessIO
import Synchronization

/// The reading side of a pipe; the event loop's alone.
package struct PeerInput {
    var decoder: FrameDecoder
    var watch: EventLoop.WatchID?
    /// When the last bytes came.
    var readAt = Instant.zero
    var owner: (any PeerOwner)?
    var hasHello = false
    /// The names of the peer's targets are still to come.
    var halfGreeting: HalfGreeting?
    /// The peer passes descriptors, so they are looked for, which makes a read dearer.
    var looksForDescriptors = false
    var descriptors = ArrivingDescriptors()
    /// Called when the last running call has ended after `drain`; again if it was not the last.
    var onDrained: (@Sendable () -> Void)?

    init(limit: Int) { decoder = FrameDecoder(limit: limit) }
}

extension Peer: ReadinessHandler {
    package func becameReady(_ interest: Interest) {
        if interest.contains(.writable) { becameWritable() }
        if interest.contains(.readable) { read(most: Limits.readsPerTurn) }
    }

    package func readAhead() -> Bool { read(most: 1) }

    /// Delivers everything that the peer has written before it ended, then ends the connection. On the loop.
    package func readToEnd() {
        // A read that brings descriptors ends where they were sent, though more is there.
        while read(most: .max) {}
        disconnect(nil)
    }

    private enum Progress {
        case nothing
        case some
        case all
    }

    /// False: there was nothing.
    @discardableResult
    private func read(most: Int) -> Bool {
        for reads in 0..<most {
            guard input.with(loop, { $0.watch }) != nil else { return reads > 0 }
            do {
                switch try readOnce() {
                case .nothing: return reads > 0
                case .some: break
                case .all: return true
                }
            } catch {
                disconnect(error)
            }
        }
        return true
    }

    private func readOnce() throws -> Progress {
        // The decoder is moved out while it runs, because what a frame causes may look at the input.
        var decoder = FrameDecoder(limit: frameLimit)
        input.with(loop) { swap(&decoder, &$0.decoder) }
        let (transfer, room) = try read(&decoder)
        input.with(loop) { $0.decoder = decoder }
        switch transfer {
        case .moved(let count): return count < room ? .all : .some
        case .wouldBlock: return .nothing
        case .closed:
            disconnect(nil)
            return .all
        case .congested: return .all
        }
    }

    /// What one system call gave, and how many bytes it might have given.
    private func read(_ decoder: inout FrameDecoder) throws -> (Transfer, room: Int) {
        switch decoder.expected {
        case .anything: try read(&decoder, atMost: .max)
        case .word: try read(&decoder, atMost: FrameLayout.wordSize)
        case .slice: try readSlice(&decoder)
        }
    }

    private func read(_ decoder: inout FrameDecoder, atMost most: Int) throws -> (Transfer, room: Int) {
        let buffer = UnsafeMutableRawBufferPointer(rebasing: loop.readBuffer.prefix(most))
        let transfer = try read(into: buffer)
        if case .moved(let count) = transfer {
            note(count)
            try decoder.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count]), onFrame: receive)
            try readIsOver(decoder)
        }
        return (transfer, buffer.count)
    }

    private func read(
        into buffer: UnsafeMutableRawBufferPointer, then second: UnsafeMutableRawBufferPointer? = nil
    ) throws -> Transfer {
        let empty = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        if input.with(loop, { $0.looksForDescriptors }) {
            return try socket.read(into: buffer, then: second ?? empty) { arrival in
                try input.with(loop) { try $0.descriptors.came(arrival) }
            }
        }
        guard let second else { return try socket.read(into: buffer) }
        return try socket.read(into: buffer, then: second)
    }

    private func readIsOver(_ decoder: borrowing FrameDecoder) throws {
        let isBetweenFrames = decoder.isBetweenFrames
        try input.with(loop) { input in
            if input.looksForDescriptors { try input.descriptors.readIsOver(isBetweenFrames: isBetweenFrames) }
        }
    }

    /// The bytes of a long frame are read to where they belong, with the word of its next slice if that has come.
    private func readSlice(_ decoder: inout FrameDecoder) throws -> (Transfer, room: Int) {
        let word = UnsafeMutableRawBufferPointer(rebasing: loop.readBuffer.prefix(FrameLayout.wordSize))
        var (transfer, room, beyond) = (Transfer.wouldBlock, 0, 0)
        try decoder.fillSlice { place in
            transfer = try read(into: place, then: word)
            room = place.count
            guard case .moved(let count) = transfer else { return 0 }
            beyond = max(0, count - room)
            note(count)
            return count - beyond
        } onFrame: {
            try receive($0)
        }
        if beyond > 0 { try decoder.receive(UnsafeRawBufferPointer(rebasing: word[..<beyond]), onFrame: receive) }
        try readIsOver(decoder)
        return (transfer, room + word.count)
    }

    /// So many bytes have come.
    private func note(_ count: Int) {
        let now = MonotonicClock.now
        input.with(loop) { $0.readAt = now }
        heard.store(now.nanoseconds, ordering: .relaxed)
        bytesReceived.wrappingAdd(UInt64(count), ordering: .relaxed)
    }

    private func receive(_ frame: WholeFrame) throws {
        let (isOpen, looksForDescriptors, hasHello) = input.with(loop) {
            ($0.watch != nil, $0.looksForDescriptors, $0.hasHello)
        }
        guard isOpen, var frame = try IncomingFrame.read(frame) else { return }
        if looksForDescriptors {
            frame.descriptors = try input.with(loop) { try $0.descriptors.take(for: frame.kind) }
        }
        LargeBlocks.expect(frame.body.count)
        if !frame.kind.isHeartbeat { received.wrappingAdd(1, ordering: .relaxed) }
        guard hasHello == (frame.kind != .hello) else { throw ProtocolViolation.notExpected(frame.kind) }
        try receive(frame)
    }

    private var owner: (any PeerOwner)? { input.with(loop) { $0.owner } }

    private func receive(_ frame: IncomingFrame) throws {
        switch frame.kind {
        case .hello: try receiveHello(frame, owner)
        case .names: try receiveNames(frame, owner)
        case .call where !isGreeted, .relayed where !isGreeted, .route where !isGreeted, .ready where !isGreeted,
            .report where !isGreeted, .leaving where !isGreeted, .watch where !isGreeted, .post where !isGreeted,
            .introduce where !isGreeted, .introduced where !isGreeted, .parted where !isGreeted:
            throw ProtocolViolation.notExpected(frame.kind)
        case .call, .relayed, .route: try receiveCall(frame, owner)
        case .reply: try receiveReply(frame)
        case .error:
            guard let failure = try? Failure(from: frame.body) else {
                throw ProtocolViolation.unreadable(.error)
            }
            try answer(frame.id, .failure(failure))
        case .cancel: state.withLock { $0.running.cancel(frame.id) }?.cancel()
        case .post: try receivePosts(frame, owner)
        case .posted: try receiveCarriedOut(frame)
        case .ping: receivePing(frame.numbers, owner)
        case .health: try receiveHealthCheck(frame.id, owner)
        case .descriptors: try input.with(loop) { try $0.descriptors.announced(frame.numbers.first) }
        case .passing: try receivePassing(frame.numbers.first)
        case .over: state.withLock { $0.pending.peerStartsNoMore() }
        case .ready, .failed, .report, .pong, .leaving, .drain, .watch, .terminated, .introduce, .introduced, .parted:
            try owner?.received(frame, from: self)
        }
    }

    private func receivePassing(_ word: UInt64) throws {
        guard word == 0 else { return update { $0.queue.maySendDescriptors = true } }
        let isFirst = input.with(loop) { input in
            defer { input.looksForDescriptors = true }
            return !input.looksForDescriptors
        }
        guard isFirst else { throw ProtocolViolation.notExpected(.passing) }
        send(OutgoingFrame(.passing, FrameNumbers(1)))
    }

    private func receiveReply(_ frame: IncomingFrame) throws {
        switch frame.descriptors {
        case nil: try answer(frame.id, .reply(ReceivedMessage(frame.keptBody)))
        case .group(let group): try answer(frame.id, .reply(ReceivedMessage(frame.keptBody, group)))
        // The method has run, so it cannot be asked again.
        case .lost: try answer(frame.id, .failure(Failure(.descriptorsLost, delivery: .maybeExecuted)))
        }
    }

    private func answer(_ id: CallID, _ outcome: CallOutcome) throws {
        let now = input.with(loop) { $0.readAt }
        let isReply = if case .reply = outcome { true } else { false }
        let waiter = try update { state in
            defer {
                state.admit()
                places.change(by: state.changeOfLoad())
            }
            return try state.pending.answered(id, isReply: isReply, at: now)
        }
        places.hasAnswered(at: now)
        waiter?.resume(returning: outcome, on: loop)
        places.mayBeFree()
    }

    /// Ends the connection, once. Calls without an outcome wait for `close`. On the loop.
    func disconnect(_ violation: (any Error)?) {
        let (watch, owner) = input.with(loop) { input in
            defer { (input.watch, input.owner) = (nil, nil) }
            return (input.watch, input.owner)
        }
        guard let watch else { return }
        loop.unwatch(watch)
        socket.shutDown()
        state.withLock { if $0.phase == .open { $0.phase = .disconnected } }
        owner?.disconnected(self, violation)
    }

    // MARK: Calls of the peer

    /// Answers a call of the peer. The second answer to a call is dropped. Any thread.
    package func finish(_ id: CallID, with frame: OutgoingFrame) {
        finish(id, failed: frame.kind == .error) { $0.append(frame) }
    }

    /// The same with a result, copied from where it was encoded.
    func finish(_ id: CallID, reply: UnsafeRawBufferPointer) { finish(id) { $0.appendReply(id, reply) } }

    private func finish(_ id: CallID, failed: Bool = false, _ append: (inout State) -> Void) {
        let isDrained = update { state in
            guard state.running.finished(id) else { return false }
            if ReceivedPosts.contains(id) {
                state.ended(post: id, failed: failed)
            } else if !state.running.isAbandoned {
                append(&state)
            }
            return state.running.isDrained
        }
        if isDrained { loop.execute { self.drained() } }
    }
}

extension OutgoingFrame {
    /// A failed call's answer. The failure's texts are bounded, so encoding it cannot fail for its size.
    package static func failure(_ failure: Failure, id: CallID) -> OutgoingFrame {
        OutgoingFrame(.error, FrameNumbers(id), body: (try? Body.encode(failure)) ?? [])
    }
}
