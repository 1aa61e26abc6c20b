#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A moment on the monotonic clock: it never jumps with the wall clock and stands still while the machine is suspended.
@usableFromInline package struct Instant: Hashable, Comparable, Sendable {
    @usableFromInline package var nanoseconds: Int64

    @inlinable package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    @inlinable package static var zero: Instant { Instant(nanoseconds: 0) }
    /// Later than any moment: "no limit".
    @inlinable package static var distantFuture: Instant { Instant(nanoseconds: .max) }

    @inlinable package static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Saturates, so that a limit of years is simply "no limit".
    @inlinable package static func + (instant: Instant, duration: Duration) -> Instant {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        return Instant(nanoseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    @inlinable package static func - (left: Instant, right: Instant) -> Duration {
        .nanoseconds(left.nanoseconds(since: right))
    }

    /// Saturates. Cheaper than a duration, which has 128 bits.
    @inlinable package func nanoseconds(since other: Instant) -> Int64 {
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(other.nanoseconds)
        return overflow ? (self < other ? .min : .max) : difference
    }
}

extension Duration {
    /// In nanoseconds, cut off at the ends of `Int64` (292 years).
    @inlinable package var wholeNanoseconds: Int64 {
        // Up to 18 s, as most limits are, by one division of a machine word instead of one of 128 bits.
        if let few = UInt64(exactly: attoseconds) { return Int64(few / 1_000_000_000) }
        let (seconds, attoseconds) = components
        let (high, tooLarge) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflow) = high.addingReportingOverflow(attoseconds / 1_000_000_000)
        return tooLarge || overflow ? (seconds < 0 ? .min : .max) : sum
    }
}

/// The only place that reads a clock.
package enum MonotonicClock {
    package static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
