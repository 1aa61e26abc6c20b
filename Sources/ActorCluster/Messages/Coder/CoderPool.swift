import ProcessIO

/// Idle coders for the next message: a coder is costly to make and cheap to use again.
final class CoderPool<Coder: AnyObject>: Sendable {
    private let idle = Lock<[Coder]>([])

    func take() -> Coder? { idle.withLock { $0.popLast() } }

    /// Keeps the coder, unless enough are idle already.
    func keep(_ coder: Coder) -> Bool {
        idle.withLock { idle in
            guard idle.count < MessageLimits.idleCoders else { return false }
            idle.append(coder)
            return true
        }
    }

    var count: Int { idle.withLock { $0.count } }
}
