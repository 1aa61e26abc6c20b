import ProcessIO

/// What is queued for the peer, and who writes it. Under the lock.
extension Peer.State {
    /// Queues a frame. Dropped when the pipe has ended.
    mutating func append(_ frame: OutgoingFrame, token: CallID? = nil, isControl: Bool? = nil) {
        guard phase == .open else { return }
        if !frame.kind.isHeartbeat { framesSent += 1 }
        let isControl = isControl ?? frame.kind.isControl
        if let group = frame.descriptors { announce(group) }
        if frame.size > FrameLayout.sliceSize, !isControl {
            LargeBlocks.expect(frame.size)
            queue.append(parts: frame.parts, token: token)
        } else {
            queue.append(size: frame.size, token: token, isControl: isControl) { frame.fill($0) }
        }
    }

    /// Says that the next frame has descriptors. The first time the other end is asked to look for them.
    private mutating func announce(_ group: DescriptorGroup) {
        if !hasAskedToPass {
            hasAskedToPass = true
            append(OutgoingFrame(.passing, FrameNumbers(0)))
        }
        let frame = OutgoingFrame(.descriptors, FrameNumbers(UInt64(group.all.count)))
        framesSent += 1
        queue.append(size: frame.size, carrying: group) { frame.fill($0) }
    }

    mutating func appendReply(_ id: CallID, _ body: UnsafeRawBufferPointer) {
        guard phase == .open else { return }
        framesSent += 1
        queue.append(size: OutgoingFrame.replySize(body.count)) { OutgoingFrame.fillReply($0, id, body) }
    }

    mutating func append(_ id: CallID, _ request: CallRequest, deadline: Instant, at now: Instant) {
        var remaining = UInt64.max
        if deadline < .distantFuture {
            remaining = UInt64(max(0, deadline.nanoseconds(since: now)))
        }
        guard phase == .open, case .method(let actor, let target, .whole(let arguments)) = request,
            OutgoingFrame.callSize(arguments.count) <= FrameLayout.sliceSize
        else {
            return append(.call(id: id, request, remaining: remaining), token: id)
        }
        framesSent += 1
        queue.append(size: OutgoingFrame.callSize(arguments.count), token: id) {
            OutgoingFrame.fillCall($0, id, actor: actor, remaining: remaining, target: target, arguments)
        }
    }

    /// Tells the peer of calls that nobody waits for any more. A cancellation may overtake other calls, not its own.
    mutating func withdraw(_ ended: [CallEnded]) {
        for call in ended where call.isAtPeer { append(.cancel(id: call.id), isControl: call.isWritten) }
        admit()
    }

    /// Sends waiting calls for which there is room now.
    mutating func admit() {
        while takesCalls, let next = pending.next(queuedBytes: queue.load) {
            append(next.id, next.request, deadline: next.deadline, at: MonotonicClock.now)
        }
    }

    /// What the caller has to see to. One thread writes at a time; none while the socket is full. The leader leaves
    /// short output to the end of its turn, which another thread with something to write does not wait for.
    mutating func chooseWriter(isLeader: Bool) -> Peer.Writer {
        guard phase == .open, writer != .thread, !isFull, !queue.isEmpty else { return .none }
        if isLeader, queue.byteCount < FrameLayout.sliceSize {
            if writer == .atEndOfTurn { return .none }
            writer = .atEndOfTurn
        } else {
            writer = .thread
        }
        return writer
    }
}
