import Testing

@testable import WebLoad
@testable import WebService

@Suite("values")
struct ValueTests {
    @Test("a plan spreads requests evenly over each second")
    func plan() {
        let plan = Plan(light: 4, heavy: 1, seconds: 2)
        #expect(plan.requests.count == 10)
        #expect(plan.requests.filter { $0.path == "/heavy" }.map(\.time) == [.zero, .seconds(1)])
        #expect(plan.requests.filter { $0.path == "/light" }.map(\.time) == (0..<8).map { .milliseconds(250) * $0 })
    }

    @Test("outcomes tell quantiles and each status, and whether an answer is missing")
    func outcomes() {
        var outcomes = Outcomes()
        for time in 1...100 { outcomes.add("/light", .status(time == 100 ? 503 : 200), after: .milliseconds(time)) }
        #expect(outcomes.allAnswered)
        #expect(
            outcomes.report == """
                /light: 100, p50 50 ms, p99 99 ms, max 100 ms
                  200: 99, p50 50 ms, p99 99 ms, max 99 ms
                  503: 1, p50 100 ms, p99 100 ms, max 100 ms
                """)
        outcomes.add("/heavy", .noAnswer("refused"), after: .zero)
        #expect(!outcomes.allAnswered)
        #expect(outcomes.report.hasPrefix("/heavy: 1, p50 0 ms, p99 0 ms, max 0 ms\n  no answer (refused): 1, "))
    }

    @Test("π is estimated")
    func pi() {
        var estimate = PiEstimate(seed: 1)
        estimate.sample(times: 1_000_000)
        #expect(abs(estimate.value - 3.1416) < 0.01)
    }
}
