import ProcessIO

/// Idle coders for the next message: a coder is costly to make and cheap to use again.
package final class CoderPool<Coder: AnyObject>: Sendable {
    /// Enough where one thread makes most calls, and needs no lock.
    private let first = AtomicSlot<Coder>()
    private let others = Lock<[Coder]>([])

    package init() {}

    @inline(__always)
    package func take() -> Coder? { first.take() ?? others.withLock { $0.popLast() } }

    /// Keeps the coder, unless enough are idle already.
    @inline(__always)
    package func keep(_ coder: Coder) -> Bool { first.put(coder) || keepWithOthers(coder) }

    private func keepWithOthers(_ coder: Coder) -> Bool {
        others.withLock { others in
            guard others.count < MessageLimits.idleCoders - 1 else { return false }
            others.append(coder)
            return true
        }
    }
}
