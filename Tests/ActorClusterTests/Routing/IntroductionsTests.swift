import ActorCluster
import ActorClusterTesting
import Testing

@Suite("Introductions", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct IntroductionsTests {
    @Test("two workers that ask for each other at once get one pipe")
    func onePipe() {
        var introductions = Introductions()
        #expect(introductions.asked(by: 1, for: 2) == .introduce(1))
        #expect(introductions.asked(by: 2, for: 1) == .onItsWay)
        #expect(introductions.asked(by: 1, for: 2) == .onItsWay)
        #expect(introductions.count == 1)
        #expect(introductions.count(of: 1) == 1 && introductions.count(of: 2) == 1)
    }

    @Test("a worker has 64 pipes and not one more, whichever side asks, until one is gone")
    func limit() {
        var introductions = Introductions()
        for other in 2..<66 as Range<UInt64> {
            guard case .introduce = introductions.asked(by: 1, for: other) else { return #expect(Bool(false)) }
        }
        #expect(introductions.count(of: 1) == Limits.directPipes)
        #expect(introductions.asked(by: 1, for: 66) == .full)
        #expect(introductions.asked(by: 66, for: 1) == .full)
        #expect(introductions.asked(by: 66, for: 2) == .introduce(65))
        introductions.ended(2)
        #expect(introductions.count(of: 66) == 0)
        #expect(introductions.asked(by: 66, for: 1) == .introduce(66))
        #expect(introductions.asked(by: 67, for: 1) == .full)
    }

    @Test("a pipe that is lost makes room for another one; what is said of an older pipe changes nothing")
    func parted() {
        var introductions = Introductions()
        #expect(introductions.asked(by: 1, for: 2) == .introduce(1))
        introductions.parted(2, 1, number: 1)
        #expect(introductions == IntroductionsTests.after(numbers: 1))
        #expect(introductions.asked(by: 1, for: 2) == .introduce(2))
        introductions.parted(1, 2, number: 1)
        #expect(introductions.count == 1)
        introductions.ended(1)
        introductions.ended(1)
        introductions.ended(9)
        #expect(introductions == IntroductionsTests.after(numbers: 2))
    }

    /// Without pipes, after so many.
    private static func after(numbers: UInt64) -> Introductions {
        var introductions = Introductions()
        for number in 1...numbers {
            _ = introductions.asked(by: 8, for: 9)
            introductions.parted(8, 9, number: number)
        }
        return introductions
    }
}
