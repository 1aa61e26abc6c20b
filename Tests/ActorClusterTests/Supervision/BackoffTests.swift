import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

@Suite("Backoff and RestartBudget", .computing)
struct BackoffTests {
    @Test("no pause the first time, then 100 ms doubling to 10 s")
    func pauses() {
        let pauses = (0...12).map { Backoff().pause(afterFailures: $0, chance: 0) }
        let milliseconds = [0, 0, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000, 10_000]
        #expect(pauses == milliseconds.map { .milliseconds($0) })
    }

    @Test("up to 25 % are added, also at the limit")
    func chance() {
        #expect(Backoff().pause(afterFailures: 2, chance: 1) == .milliseconds(125))
        #expect(Backoff().pause(afterFailures: 3, chance: 0.5) == .milliseconds(225))
        #expect(Backoff().pause(afterFailures: 100, chance: 1) == .milliseconds(12_500))
        #expect(Backoff().pause(afterFailures: 1, chance: 1) == .zero)
    }

    @Test("no number of failures and no limit is too large", arguments: [2, 3, 35, 42, 43, 64, 1_000_000, Int.max])
    func extremes(failures: Int) {
        let endless = Backoff(first: .seconds(1), limit: .seconds(Int64.max))
        #expect(endless.pause(afterFailures: failures, chance: 1) >= .seconds(1))
        let longFirst = Backoff(first: .seconds(Int64.max), limit: .seconds(Int64.max))
        #expect(longFirst.pause(afterFailures: failures, chance: 1) == .nanoseconds(Int64.max))
        #expect(Backoff.none.pause(afterFailures: failures, chance: 1) == .zero)
        #expect(
            Backoff(first: .seconds(60), limit: .seconds(5)).pause(afterFailures: failures, chance: 0) == .seconds(5))
        #expect(Backoff(first: .seconds(-1)).pause(afterFailures: failures, chance: 0) <= .zero)
    }

    @Test("10 restarts in 60 s, not an 11th, and one more for each that is 60.0 s old")
    func window() {
        var budget = RestartBudget(.default)
        for second in 0..<10 { #expect(budget.spend(at: .zero + .seconds(second)) == true) }
        #expect(budget.spend(at: .zero + .milliseconds(59_999)) == false)
        #expect(budget.spend(at: .zero + .seconds(60)) == true)
        #expect(budget.spend(at: .zero + .milliseconds(60_999)) == false)
        #expect(budget.spend(at: .zero + .seconds(61)) == true)
    }

    @Test("a refused restart does not count")
    func refused() {
        var budget = RestartBudget(RestartIntensity(1, in: .seconds(10)))
        #expect(budget.spend(at: .zero) == true)
        for second in 1..<10 { #expect(budget.spend(at: .zero + .seconds(second)) == false) }
        #expect(budget.spend(at: .zero + .seconds(10)) == true)
    }

    @Test("no restarts give up at the first death, and without a bound none is refused or kept")
    func bounds() {
        var none = RestartBudget(RestartIntensity(0))
        #expect(none.spend(at: .zero) == false)
        var unlimited = RestartBudget(.unlimited)
        let fresh = unlimited
        for _ in 0..<1_000 { #expect(unlimited.spend(at: .zero) == true) }
        #expect(unlimited == fresh)
    }
}
