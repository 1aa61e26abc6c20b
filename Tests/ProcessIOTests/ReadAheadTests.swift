import ActorClusterTesting
import ProcessIO
import Testing

@Suite("reading before asking the poller", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct ReadAheadTests {
    private func readAhead(after looks: [[(UInt64, Interest)]]) -> ReadAhead {
        var readAhead = ReadAhead()
        for look in looks { readAhead.polled(look.map { Readiness(tag: $0, interest: $1) }) }
        return readAhead
    }

    @Test("who alone had something to read twice running is asked first, also after looks that showed nothing")
    func alone() {
        for looks in [
            [[(7, .readable)], [(7, .readable)]], [[(3, .readable)], [(7, .readable)], [], [(7, .readable)], []],
        ] as [[[(UInt64, Interest)]]] {
            var readAhead = readAhead(after: looks)
            let next = readAhead.next()
            #expect(next == 7)
        }
    }

    @Test("nobody is where several have something by turns or at once, or somebody can write")
    func others() {
        for looks in [
            [], [[]], [[(7, .readable)]], [[(7, .readable)], [(8, .readable)], [(7, .readable)]],
            [[(7, .readable)], [(7, .readable)], [(7, .readable), (8, .readable)]],
            [[(7, [.readable, .writable])], [(7, [.readable, .writable])]],
            [[(7, .readable)], [(7, .readable)], [(7, .writable)]],
        ] as [[[(UInt64, Interest)]]] {
            var readAhead = readAhead(after: looks)
            let next = readAhead.next()
            #expect(next == nil)
        }
    }

    @Test("who had nothing when asked is asked no more before the poller has named it again")
    func missed() {
        var readAhead = readAhead(after: [[(7, .readable)], [(7, .readable)]])
        var asked = [readAhead.next()]
        readAhead.missed()
        asked.append(readAhead.next())
        readAhead.polled([])
        asked.append(readAhead.next())
        readAhead.polled([Readiness(tag: 7, interest: .readable)])
        asked.append(readAhead.next())
        #expect(asked == [7, nil, nil, 7])
    }

    @Test("after 16 times in a row the poller is asked, for others may be ready")
    func bounded() {
        var readAhead = readAhead(after: [[(7, .readable)], [(7, .readable)]])
        for round in 0..<3 {
            let asked = (0..<20).map { _ in readAhead.next() }
            #expect(asked == Array(repeating: 7, count: 16) + Array(repeating: nil, count: 4), "round \(round)")
            readAhead.polled([])
        }
    }
}
