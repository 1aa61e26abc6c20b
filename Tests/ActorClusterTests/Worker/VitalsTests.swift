import ActorClusterTesting
import ProcessIO
import Testing

@testable import ActorCluster

@Suite("Vitals", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct VitalsTests {
    private var vitals = Vitals()
    private var number: UInt64 = 0

    private mutating func ping(
        at seconds: Double, jobs: UInt64 = 0, asksRoot: Bool = false
    ) -> (Pong, [Vitals.Action]) {
        number += 1
        return vitals.received(
            Ping(number: number, every: .seconds(1), asksRoot: asksRoot), jobsBegun: jobs,
            at: .zero + .milliseconds(Int(seconds * 1_000)))
    }

    @Test(
        "B4, S-08 (c): an idle worker's probe comes through before the next ping, so nothing waits, and one is made each time"
    )
    mutating func idle() {
        for second in 0..<100 {
            let (pong, actions) = ping(at: Double(second))
            #expect(actions == [.probe])
            #expect(pong.executorWait == .zero)
            vitals.probePassedLoop()
            vitals.probePassed()
        }
    }

    @Test("B5: while every thread of the loop is blocked one probe waits, and its time is told: 30.0 s after 30 pings")
    mutating func blocked() {
        #expect(ping(at: 0).1 == [.probe])
        for second in 1...30 {
            let (pong, actions) = ping(at: Double(second))
            #expect(actions.isEmpty)
            #expect(pong.executorWait == .seconds(second))
        }
    }

    @Test("B5: as long as jobs begin on the loop, however long each takes, those that wait are not stuck")
    mutating func busy() {
        for second in 0..<200 {
            let (pong, _) = ping(at: Double(second), jobs: UInt64(second / 20))
            #expect(pong.executorWait < .seconds(20))
        }
    }

    @Test("B5: a probe that waits for a thread of Swift's own is counted from then on, whatever the loop does")
    mutating func blockedPool() {
        _ = ping(at: 0)
        _ = ping(at: 1)
        vitals.probePassedLoop()
        for second in 2...31 {
            #expect(ping(at: Double(second), jobs: UInt64(second)).0.executorWait == .seconds(second - 1))
        }
        vitals.probePassed()
        #expect(ping(at: 32).0.executorWait == .zero)
    }

    @Test("B6: a step that took 501 ms too long counts for nothing, one that took 499 ms too long in full")
    mutating func steps() {
        _ = ping(at: 0)
        #expect(ping(at: 1).0.executorWait == .seconds(1))
        #expect(ping(at: 2.501).0.executorWait == .seconds(1))
        #expect(ping(at: 40).0.executorWait == .seconds(1))
        #expect(ping(at: 41.499).0.executorWait == .milliseconds(2_499))
    }

    @Test(
        "the root actor is asked when the primary says so, but not while it is thinking; what it takes and throws is told"
    )
    mutating func checks() {
        #expect(ping(at: 0, asksRoot: true).1 == [.probe, .askRoot])
        vitals.checkBegan()
        #expect(ping(at: 1, asksRoot: true).1.isEmpty)
        #expect(ping(at: 2).0.checkTime == .seconds(2))
        vitals.checkEnded(hasThrown: true)
        #expect(ping(at: 3).0.checkTime == .zero)
        for times in 1...3 as ClosedRange<UInt64> {
            let (pong, actions) = ping(at: Double(3 + times), asksRoot: true)
            #expect(actions == [.askRoot])
            #expect(pong.checkFailures == times)
            vitals.checkBegan()
            vitals.checkEnded(hasThrown: times < 3)
        }
        #expect(ping(at: 8).0.checkFailures == 0)
    }

    @Test("a check that the primary does not count changes nothing when it throws")
    mutating func uncounted() {
        vitals.checkEnded(hasThrown: true)
        #expect(ping(at: 0).0.checkFailures == 0)
    }
}
