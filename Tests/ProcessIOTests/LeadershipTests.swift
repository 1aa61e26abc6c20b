@testable import ProcessIO
import ActorClusterTesting
import Testing

@Suite("the event loop's lead", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct LeadershipTests {
    @Test("a job that ends before the second look keeps the lead, and nobody can take it from another job")
    func jobEndsInTime() {
        let leadership = Leadership(leader: 0)
        let first = leadership.beginJob()
        let isKept = leadership.endJob(first)
        let isTakenBetween = leadership.take(from: first, for: 1)
        let second = leadership.beginJob()
        let isTakenFromAnother = leadership.take(from: first, for: 1)
        let isKeptAgain = leadership.endJob(second)
        #expect(first.isInJob && first.leader == 0)
        #expect(isKept && isKeptAgain)
        #expect(!isTakenBetween && !isTakenFromAnother)
    }

    @Test("whoever lost the lead inside a job learns it at the job's end, whatever has happened since")
    func lostLead() {
        let leadership = Leadership(leader: 0)
        let job = leadership.beginJob()
        let isTaken = leadership.take(from: job, for: 1)
        let after = leadership.now
        let other = leadership.beginJob()
        let (isOldKept, isNewKept) = (leadership.endJob(job), leadership.endJob(other))
        leadership.give(to: 0)
        let isKeptLater = leadership.endJob(job)
        #expect(isTaken && after.leader == 1 && !after.isInJob)
        #expect(isNewKept)
        #expect(!isOldKept && !isKeptLater)
    }

    @Test("sleeping is a phase of its own, and each job has an epoch that is known before it begins")
    func phases() {
        let leadership = Leadership(leader: 3)
        leadership.enter(.asleep)
        let asleep = (leadership.isAsleep, leadership.now.isAsleep)
        leadership.enter(.turning)
        let isAwake = !leadership.isAsleep
        let epoch = leadership.now.nextEpoch
        let job = leadership.beginJob()
        #expect(asleep == (true, true))
        #expect(isAwake)
        #expect(job.epoch == epoch)
    }
}

@Suite("lanes", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct LanesTests {
    @Test("calls of a lane whose start lost the lead wait for the thread's return, others go on")
    func parks() {
        var lanes = Lanes<Int>()
        lanes.begin(7, epoch: 1)
        lanes.leadWasLost()
        let parked = [(10, 7), (20, 8), (11, 7)].map { lanes.park($0.0, $0.1) }
        #expect(parked == [true, false, true])
        #expect(lanes.parkedCount == 2)
        #expect([2, 1, 1].map { lanes.returned($0) } == [[], [10, 11], []])
        let isParkedAfter = lanes.park(12, 7)
        #expect(!isParkedAfter)
    }

    @Test("a start that kept the lead closes no lane, and neither does a lead lost in another job")
    func nothingToPark() {
        var lanes = Lanes<Int>()
        lanes.begin(7, epoch: 1)
        lanes.end()
        lanes.leadWasLost()
        let isParked = lanes.park(10, 7)
        #expect(!isParked)
    }

    @Test("several threads may be stuck, each in a lane of its own")
    func severalStuck() {
        var lanes = Lanes<Int>()
        for lane in 1...3 {
            lanes.begin(UInt64(lane), epoch: UInt64(lane) * 10)
            lanes.leadWasLost()
        }
        for lane in 1...3 {
            let isParked = lanes.park(lane, UInt64(lane))
            #expect(isParked)
        }
        #expect(lanes.returned(20) == [2])
        #expect(lanes.returned(30) == [3])
        #expect(lanes.returned(10) == [1])
    }
}

@Suite("ring", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct RingTests {
    @Test("entries come out in order, those put back before all others, whatever was taken between")
    func order() {
        var ring = Ring<Int>()
        var others: [Int?] = [1, 2, 3]
        ring.take(&others)
        #expect(others.isEmpty)
        #expect(ring.next() == 1)
        ring.append(4)
        others = [5]
        ring.take(&others)
        ring.putBack([-1, 0])
        #expect(ring.count == 6)
        var order: [Int] = []
        while let entry = ring.next() { order.append(entry) }
        #expect(order == [-1, 0, 2, 3, 4, 5])
        #expect(ring.isEmpty)
    }

    @Test("entries that are taken from the middle are gone, and the others keep their order")
    func choosing() {
        var ring = Ring<Int>()
        for number in 0..<10 { ring.append(number) }
        #expect(ring.next() == 0)
        #expect(ring.take { $0 % 3 == 0 ? -$0 : nil } == [-3, -6, -9])
        var order: [Int] = []
        while let entry = ring.next() { order.append(entry) }
        #expect(order == [1, 2, 4, 5, 7, 8])
    }

    @Test("a ring that is never empty does not grow, and keeps nothing alive that was taken")
    func memory() {
        final class Thing {}
        var ring = Ring<Thing>()
        weak var first: Thing?
        do {
            let thing = Thing()
            first = thing
            ring.append(thing)
        }
        ring.append(Thing())
        #expect(ring.next() === first)
        #expect(first == nil)
        for _ in 0..<100_000 {
            ring.append(Thing())
            _ = ring.next()
        }
        #expect(ring.count == 1)
        #expect(ring.places < 10_000)
    }
}
