import ActorClusterTesting
import ProcessIO
import Testing

@Suite("looking out before sleeping", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct PatienceTests {
    private let start = Instant(nanoseconds: 1_000_000)

    /// What looks at these microseconds after the start show, the last of which may find something.
    private func outcomes(of looks: [Int], findsLast: Bool, limit: Int? = nil) -> [Vigil.Outcome?] {
        var vigil = Vigil(at: start, limit: limit.map { start + .microseconds($0) }, yields: false)
        return looks.enumerated().map { index, moment in
            vigil.looked(hasFound: findsLast && index == looks.count - 1, at: start + .microseconds(moment))
        }
    }

    /// How many sleeps go unwatched before the next that may be watched.
    private func skipped(_ patience: inout Patience) -> Int {
        var count = 0
        while !patience.mayWatch() { count += 1 }
        return count
    }

    @Test("what is there at the first look says nothing; what comes later is found")
    func finds() {
        #expect(outcomes(of: [1], findsLast: true) == [.foundAtOnce])
        #expect(outcomes(of: [9], findsLast: true) == [.foundAtOnce])
        #expect(outcomes(of: [1, 2, 3], findsLast: true) == [nil, nil, .found])
    }

    @Test(
        "it ends after 50 µs, or when a timer is due before",
        arguments: [(nil, 50), (20, 20), (80, 50)] as [(Int?, Int)])
    func ends(limit: Int?, end: Int) {
        let seen = outcomes(of: Array(1...end), findsLast: false, limit: limit)
        #expect(seen.dropLast().allSatisfy { $0 == nil })
        #expect(seen.last == .missed)
    }

    @Test("who is not alone on the processor stops at once, whatever came meanwhile", arguments: [false, true])
    func disturbed(hasFound: Bool) {
        #expect(outcomes(of: [8, 17], findsLast: hasFound) == [nil, .disturbed])
    }

    @Test("on the only processor one look after the others' turn tells, unless that turn was long")
    func yields() {
        for (hasFound, time, outcome) in [
            (true, 20, .found), (false, 20, .missed), (true, 50, .found), (true, 51, .disturbed),
            (false, 51, .disturbed),
        ] as [(Bool, Int, Vigil.Outcome)] {
            var vigil = Vigil(at: start, limit: nil, yields: true)
            let seen = vigil.looked(hasFound: hasFound, at: start + .microseconds(time))
            #expect(seen == outcome)
        }
    }

    @Test(
        "after three misses running 8 sleeps go unwatched, then 16, up to 512; a find forgets them all",
        arguments: [Vigil.Outcome.missed, .disturbed])
    func givesUp(miss: Vigil.Outcome) {
        var patience = Patience()
        var pauses: [Int] = []
        for _ in 0..<12 {
            pauses.append(skipped(&patience))
            patience.watched(miss)
        }
        #expect(pauses == [0, 0, 0, 8, 16, 32, 64, 128, 256, 512, 512, 512])
        #expect(skipped(&patience) == 512)
        patience.watched(.found)
        #expect(patience == Patience())
    }

    @Test("what is found at the first look changes nothing")
    func foundAtOnce() {
        var patience = Patience()
        for _ in 0..<2 { patience.watched(.missed) }
        let before = patience
        patience.watched(.foundAtOnce)
        #expect(patience == before)
        patience.watched(.missed)
        #expect(skipped(&patience) == 8)
    }
}
