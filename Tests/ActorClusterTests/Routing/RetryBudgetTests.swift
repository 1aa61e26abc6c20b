import ActorCluster
import ActorClusterTesting
import Testing

@Suite("RetryBudget", .computing)
struct RetryBudgetTests {
    private var budget = RetryBudget()

    @Test("ten repetitions are free, then one call in ten may be repeated")
    mutating func tenth() {
        #expect((0..<12).map { _ in budget.take() } == Array(repeating: true, count: 10) + [false, false])
        var granted = 0
        for _ in 0..<1_000 {
            budget.called()
            if budget.take() { granted += 1 }
        }
        #expect(granted == 100)
        #expect(budget.granted == 110)
        #expect(budget.refused == 902)
    }

    @Test("what is saved is bounded")
    mutating func bounded() {
        for _ in 0..<100_000 { budget.called() }
        #expect((0..<200).count { _ in budget.take() } == Limits.retrySaved)
    }
}
