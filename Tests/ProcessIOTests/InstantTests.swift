import ProcessIO
import ActorClusterTesting
import Testing

@Suite("Instant", .computing)
struct InstantTests {
    @Test("adding and subtracting are exact to the nanosecond")
    func exact() {
        let instant = Instant(nanoseconds: 5)
        #expect(instant + .seconds(1) == Instant(nanoseconds: 1_000_000_005))
        #expect(instant + .nanoseconds(-6) == Instant(nanoseconds: -1))
        #expect(Instant(nanoseconds: 7) - instant == .nanoseconds(2))
        #expect(instant - Instant(nanoseconds: 7) == .nanoseconds(-2))
        #expect(instant + .milliseconds(-1_500) == Instant(nanoseconds: -1_499_999_995))
    }

    @Test("a limit of centuries is no limit, and nothing overflows")
    func saturates() {
        let centuries = Duration.seconds(Int64.max)
        #expect(Instant.zero + centuries == .distantFuture)
        #expect(Instant(nanoseconds: 1) + .nanoseconds(Int64.max) == .distantFuture)
        #expect(Instant.distantFuture + .nanoseconds(1) == .distantFuture)
        #expect(Instant(nanoseconds: -2) + .nanoseconds(Int64.min) == Instant(nanoseconds: .min))
        #expect(Instant(nanoseconds: -2) + .seconds(Int64.min) == Instant(nanoseconds: .min))
        #expect(Instant(nanoseconds: .max) - Instant(nanoseconds: .min) == .nanoseconds(Int64.max))
        #expect(Instant(nanoseconds: .min) - Instant(nanoseconds: .max) == .nanoseconds(Int64.min))
    }

    @Test("a duration in nanoseconds is cut off at the ends of Int64")
    func wholeNanoseconds() {
        #expect(Duration.seconds(2).wholeNanoseconds == 2_000_000_000)
        #expect(Duration.milliseconds(-1_500).wholeNanoseconds == -1_500_000_000)
        #expect(Duration.nanoseconds(Int64.max).wholeNanoseconds == .max)
        #expect((Duration.nanoseconds(Int64.max) + .nanoseconds(1)).wholeNanoseconds == .max)
        #expect((Duration.nanoseconds(Int64.min) - .nanoseconds(1)).wholeNanoseconds == .min)
        #expect((Duration.zero - .seconds(Int64.max)).wholeNanoseconds == .min)
        #expect(Duration(secondsComponent: 0, attosecondsComponent: 999_999_999).wholeNanoseconds == 0)
    }

    @Test("the clock does not go back")
    func clock() {
        let first = MonotonicClock.now
        #expect(MonotonicClock.now >= first)
        #expect(first > .zero)
    }
}
