package import ProcessIO
import Synchronization

/// One timer in the event loop for many deadlines: armed for the earliest, moved only when an earlier one comes.
package final class DeadlineTimer: Sendable {
    private let loop: EventLoop
    private let armed = Atomic<Int64>(.max)
    private let timer = LoopConfined(LoopTimer())
    /// Ends what has expired and returns the next deadline. Runs on the loop.
    private let expire: Lock<(@Sendable (Instant) -> Instant?)?>

    package init(loop: EventLoop, expire: (@Sendable (Instant) -> Instant?)? = nil) {
        self.loop = loop
        self.expire = Lock(expire)
    }

    package func onExpiry(_ body: @escaping @Sendable (Instant) -> Instant?) { expire.withLock { $0 = body } }

    /// Makes sure that `deadline` is noticed. Any thread.
    package func cover(_ deadline: Instant) {
        guard deadline < .distantFuture, deadline.nanoseconds < armed.load(ordering: .relaxed) else { return }
        loop.execute { self.arm(for: deadline) }
    }

    /// Nothing is noticed any more, and what `expire` holds is let go. On the loop.
    package func stop() {
        expire.withLock { $0 = nil }
        timer.with(loop) { $0.stop(on: loop) }
    }

    private func arm(for deadline: Instant) {
        guard deadline.nanoseconds < armed.load(ordering: .relaxed) else { return }
        armed.store(deadline.nanoseconds, ordering: .relaxed)
        timer.with(loop) { $0.set(to: deadline, on: loop) { self.fire() } }
    }

    private func fire() {
        armed.store(.max, ordering: .relaxed)
        guard let expire = expire.withLock({ $0 }), let next = expire(MonotonicClock.now) else { return }
        // Whoever is asked looks at all it has, which must not happen for each of many deadlines that lie close
        // together.
        arm(for: max(next, MonotonicClock.now + Self.grain))
    }

    /// The least time between two expiries.
    private static let grain = Duration.milliseconds(1)
}
