import ActorCluster
import Testing

@Suite("How many connections a worker has")
struct ConnectionTallyTests {
    @Test("places that are reserved count, and go back when they are not used")
    func places() {
        var tally = ConnectionTally<Int>()
        #expect(tally.reserve(of: 2) == true)
        #expect(tally.reserve(of: 2) == true)
        #expect(tally.reserve(of: 2) == false)
        #expect(tally.settle(isUsed: true) == [])
        #expect(tally.active == 1)
        #expect(tally.reserve(of: 2) == false)
        #expect(tally.wait(7, for: 2) == true)
        #expect(tally.settle(isUsed: false) == [7])
        #expect(tally.wait(8, for: 2) == false, "there is one now")
        #expect(tally.reserve(of: nil) == true)
    }

    @Test("whoever waits looks again when one has ended")
    func ends() {
        var tally = ConnectionTally<Int>()
        tally.begin()
        #expect(tally.wait(1, for: 1) == true)
        #expect(tally.wait(2, for: 1) == true)
        #expect(tally.end() == [1, 2])
        #expect(tally.begun == 1 && tally.ended == 1 && tally.active == 0)
        #expect(tally.reserve(of: 0) == false)
    }
}
