import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

@Suite("DirectRoutes", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct DirectRoutesTests {
    private static let start = Instant.zero + .seconds(1)

    /// To process 2, by pipe 7, as far as it goes.
    private static func direct(_ steps: Int = 5) -> DirectRoutes {
        var routes = DirectRoutes()
        if steps > 0 { #expect(routes.wanted(2, at: start) == .ask) }
        if steps > 1 { #expect(routes.introduced(to: 2, number: 7, isLost: false, at: start) == true) }
        if steps > 2 { #expect(routes.greeted(2, number: 7) == true) }
        if steps > 3 { #expect(routes.switches(2, number: 7) == true) }
        if steps > 4 { #expect(routes.reached(2, number: 7) == true) }
        return routes
    }

    @Test("the first call asks, once; the pipe is used when it has been greeted and what went before is there")
    func way() {
        for steps in 1...5 {
            var routes = Self.direct(steps)
            #expect(routes.wanted(2, at: Self.start + .seconds(3_600)) == nil)
            #expect(routes.usedCount == (steps > 3 ? 1 : 0))
        }
    }

    @Test("a pipe that the other one has asked for is used from the first own call on")
    func theirs() {
        var routes = DirectRoutes()
        #expect(routes.introduced(to: 2, number: 7, isLost: false, at: Self.start) == true)
        #expect(routes.greeted(2, number: 7) == false)
        #expect(routes.wanted(2, at: Self.start) == .use(7))
        #expect(routes.wanted(2, at: Self.start) == nil)
        #expect(routes.switches(2, number: 7) == true)
        var early = DirectRoutes()
        #expect(early.introduced(to: 2, number: 7, isLost: false, at: Self.start) == true)
        #expect(early.wanted(2, at: Self.start) == nil)
        #expect(early.greeted(2, number: 7) == true)
    }

    @Test("a second pipe to the same process is given up, whatever became of the first")
    func second() {
        for steps in 2...5 {
            var routes = Self.direct(steps)
            #expect(routes.introduced(to: 2, number: 8, isLost: false, at: Self.start) == false)
            #expect(routes.ended(2, number: 8, isBroken: false, at: Self.start) == .unused)
            #expect(routes == Self.direct(steps))
        }
    }

    @Test(
        "after a refusal, an end that is lost or a pipe that ends, the next attempt waits 100 ms, then twice as long, to 10 s"
    )
    func pauses() {
        var routes = DirectRoutes()
        var now = Self.start
        let failures: [(inout DirectRoutes, Instant) -> Void] = [
            { $0.refused(2, forGood: false, at: $1) },
            { #expect($0.introduced(to: 2, number: 7, isLost: true, at: $1) == false) },
            {
                #expect($0.introduced(to: 2, number: 7, isLost: false, at: $1) == true)
                #expect($0.ended(2, number: 7, isBroken: true, at: $1) == .unused)
            },
        ]
        var pause = Duration.milliseconds(100)
        for round in 0..<12 {
            #expect(routes.wanted(2, at: now) == .ask)
            failures[round % 3](&routes, now)
            #expect(routes.wanted(2, at: now + (pause - .nanoseconds(1))) == nil)
            now = now + pause
            pause = min(pause * 2, .seconds(10))
        }
        #expect(routes.lostEnds == 4)
    }

    @Test("a process that is refused for good is not asked for again")
    func forGood() {
        var routes = Self.direct(1)
        routes.refused(2, forGood: true, at: Self.start)
        #expect(routes.wanted(2, at: Self.start + .seconds(1_000_000)) == nil)
        routes.refused(3, forGood: true, at: Self.start)
        #expect(routes.wanted(3, at: Self.start) == .ask)
    }

    @Test("a question without an answer leads back to the primary, and is not put again at once")
    func notReached() {
        var routes = Self.direct(4)
        #expect(routes.notReached(2, number: 6, at: Self.start) == false)
        #expect(routes.notReached(2, number: 7, at: Self.start) == true)
        #expect(routes.usedCount == 0)
        #expect(routes.reached(2, number: 7) == false)
        #expect(routes.wanted(2, at: Self.start + .milliseconds(99)) == nil)
        #expect(routes.wanted(2, at: Self.start + .milliseconds(100)) == .use(7))
    }

    @Test("calls wait at a used pipe that is broken until it is known how; then they go by way of the primary")
    func broken() {
        for steps in 4...5 {
            var routes = Self.direct(steps)
            #expect(routes.ended(2, number: 7, isBroken: true, at: Self.start) == .broken)
            #expect(routes.ended(2, number: 7, isBroken: true, at: Self.start) == .unused)
            routes = Self.direct(steps)
            #expect(routes.ended(2, number: 7, isBroken: true, at: Self.start) == .broken)
            #expect(routes.reached(2, number: 7) == false)
            #expect(routes.notReached(2, number: 7, at: Self.start) == false)
            #expect(routes.wanted(2, at: Self.start + .seconds(1)) == nil)
            routes.closed(2, number: 7, at: Self.start)
            #expect(routes.wanted(2, at: Self.start + .seconds(1)) == .ask)
        }
    }

    @Test("after the other end of a used pipe has gone calls go by way of the primary at once")
    func ended() {
        for steps in 4...5 {
            var routes = Self.direct(steps)
            #expect(routes.ended(2, number: 7, isBroken: false, at: Self.start) == .used)
            #expect(routes.reached(2, number: 7) == false)
            #expect(routes.usedCount == 0)
            #expect(routes.wanted(2, at: Self.start + .milliseconds(99)) == nil)
            #expect(routes.wanted(2, at: Self.start + .milliseconds(100)) == .ask)
            routes.closed(2, number: 7, at: Self.start)
            #expect(routes.wanted(2, at: Self.start) == nil)
        }
    }

    @Test("a worker that leaves takes no pipe and asks for none, but uses those that it has")
    func closing() {
        var routes = Self.direct(5)
        routes.close()
        #expect(routes.wanted(3, at: Self.start) == nil)
        #expect(routes.introduced(to: 4, number: 8, isLost: false, at: Self.start) == false)
        #expect(routes.usedCount == 1)
        var late = Self.direct(3)
        late.close()
        #expect(late.switches(2, number: 7) == false)
    }

    @Test("of processes without a pipe 1,024 are remembered, and one more makes them forgotten; pipes are not")
    func bound() {
        var routes = Self.direct(5)
        for process in 3..<1_026 as Range<UInt64> {
            #expect(routes.wanted(process, at: Self.start) == .ask)
            routes.refused(process, forGood: true, at: Self.start)
        }
        #expect(routes.count == Limits.processesApart)
        #expect(routes.wanted(3, at: Self.start) == .ask)
        #expect(routes.count == 2)
        #expect(routes.usedCount == 1)
    }
}
