import ProcessIO

/// Which process a call comes from, in numbers alone: it goes along with every call, and must cost none of them anything.
package struct Caller: Equatable, Sendable {
    package let incarnation: UInt64
    package let pool: UInt32
    package let slot: UInt32

    package static let primary = Caller(incarnation: WorkerID.primary.incarnation, pool: 0, slot: 0)

    package init(incarnation: UInt64, pool: UInt32, slot: UInt32) {
        (self.incarnation, self.pool, self.slot) = (incarnation, pool, slot)
    }

    package init(_ worker: WorkerID, pool: UInt32) {
        self.init(incarnation: worker.incarnation, pool: pool, slot: UInt32(clamping: worker.slot))
    }

    /// As a frame has it.
    package init(incarnation: UInt64, place: UInt64) {
        self.init(
            incarnation: incarnation, pool: UInt32(truncatingIfNeeded: place >> 32),
            slot: UInt32(truncatingIfNeeded: place))
    }

    /// Pool and slot in 8 bytes.
    package var place: UInt64 { UInt64(pool) << 32 | UInt64(slot) }
}

extension ClusterActorSystem {
    /// The process that has made the call which runs in this task, and `nil` where none does.
    ///
    /// Read it in a distributed method, or in what that calls: it is the same for all of it, child tasks and `Task { }`
    /// included, since it is kept in the task. A call that the primary passes on is its worker's, not the primary's.
    /// `WorkerID.primary` stands for the primary.
    public var caller: WorkerID? {
        guard let call = CallScope.current.call, call.system == ObjectIdentifier(self) else { return nil }
        return worker(call.caller)
    }

    private func worker(_ caller: Caller) -> WorkerID? {
        if caller == .primary { return .primary }
        guard groups.indices.contains(Int(caller.pool)) else { return nil }
        return WorkerID(group: groups[Int(caller.pool)], slot: Int(caller.slot), incarnation: caller.incarnation)
    }
}
