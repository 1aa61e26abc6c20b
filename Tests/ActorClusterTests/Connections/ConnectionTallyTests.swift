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
        #expect(tally.wait(7, number: 1, for: 2) == true)
        #expect(tally.settle(isUsed: false) == [7])
        #expect(tally.wait(8, number: 2, for: 2) == false, "there is one now")
        #expect(tally.reserve(of: nil) == true)
    }

    @Test("whoever waits looks again when one has ended")
    func ends() {
        var tally = ConnectionTally<Int>()
        tally.begin()
        #expect(tally.wait(1, number: 1, for: 1) == true)
        #expect(tally.wait(2, number: 2, for: 1) == true)
        #expect(tally.end() == [1, 2])
        #expect(tally.begun == 1 && tally.ended == 1 && tally.active == 0)
        #expect(tally.reserve(of: 0) == false)
    }

    @Test("who waits no longer is not told to look, and others are")
    func cancellation() {
        var tally = ConnectionTally<Int>()
        tally.begin()
        for number in 1...3 as ClosedRange<UInt64> {
            #expect(tally.wait(Int(number) * 10, number: number, for: 1) == true)
        }
        #expect(tally.cancel(2) == 20)
        #expect(tally.cancel(2) == nil)
        #expect(tally.waitingCount == 2)
        #expect(tally.end() == [10, 30])
        #expect(tally.cancel(1) == nil)
    }
}
