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

    @Test("the date of an answer is what HTTP calls a date")
    func date() { #expect(HTTPDate.text(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT") }
}

@Suite("the end of a connection whose worker is to leave")
struct ConnectionLifeTests {
    private let life = Connection()

    @Test("without a request it is closed after a while, unless the next one comes")
    func idle() {
        life.requestBegan()
        #expect(!life.responseBegan())
        #expect(life.responseEnded() == nil)
        #expect(life.drain() == .wait(ConnectionLife.patience))
        #expect(life.waited() == .close)
        life.requestBegan()
        #expect(life.waited() == nil)
    }

    @Test("the response to a request that is being answered is the last, and says so")
    func busy() {
        life.requestBegan()
        #expect(life.drain() == nil)
        #expect(life.responseBegan())
        #expect(life.responseEnded() == .close)
    }

    @Test("a response that has begun cannot say so any more; the next one does, if there is one")
    func begun() {
        life.requestBegan()
        #expect(!life.responseBegan())
        #expect(life.drain() == nil)
        #expect(life.responseEnded() == .wait(ConnectionLife.patience))
        life.requestBegan()
        #expect(life.waited() == nil)
        #expect(life.responseBegan())
        #expect(life.responseEnded() == .close)
    }

    @Test("the last of several requests that were sent at once is the last")
    func pipelined() {
        for _ in 0..<2 { life.requestBegan() }
        #expect(life.drain() == nil)
        #expect(!life.responseBegan())
        #expect(life.responseEnded() == nil)
        #expect(life.responseBegan())
        #expect(life.responseEnded() == .close)
    }

    @Test("being told twice changes nothing")
    func twice() {
        #expect(life.drain() != nil)
        #expect(life.drain() == nil)
    }

    /// Expectations do not change values.
    private final class Connection {
        private var life = ConnectionLife()

        func drain() -> ConnectionLife.Action? { life.drain() }
        func requestBegan() { life.requestBegan() }
        func responseBegan() -> Bool { life.responseBegan() }
        func responseEnded() -> ConnectionLife.Action? { life.responseEnded() }
        func waited() -> ConnectionLife.Action? { life.waited() }
    }
}
