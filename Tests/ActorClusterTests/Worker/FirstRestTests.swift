import ActorClusterTesting
import Testing

@testable import ActorCluster

@Suite("a worker's first rest", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct FirstRestTests {
    @Test("a worker in which nothing has begun since the last look rests")
    func rests() {
        var rest = FirstRest(jobsBegun: 7)
        #expect(rest.looked(jobsBegun: 7, callsRunning: 0) == .giveBackCode)
    }

    @Test("one that is at work at each look does not, until it has done nothing from one look to the next")
    func works() {
        var rest = FirstRest(jobsBegun: 0)
        for jobs in UInt64(1)...100 { #expect(rest.looked(jobsBegun: jobs, callsRunning: 0) == .lookAgain) }
        #expect(rest.looked(jobsBegun: 100, callsRunning: 0) == .giveBackCode)
    }

    @Test("one whose call runs on does not rest, though nothing else begins")
    func isBusyWithOne() {
        var rest = FirstRest(jobsBegun: 3)
        #expect(rest.looked(jobsBegun: 3, callsRunning: 1) == .lookAgain)
        #expect(rest.looked(jobsBegun: 3, callsRunning: 0) == .giveBackCode)
    }
}
