import ActorClusterTesting
import ProcessIO
import Testing

@Suite("FrameDecoder: mutations", .computing)
struct FrameMutationTests {
    @Test(
        "D1, D2, D3: of 200,000 mutated streams a decoder makes what their words say, in any steps, with no more memory than came",
        .timeLimit(.minutes(TestLength.minutes)), arguments: 0..<4 as Range<UInt64>)
    func mutations(_ part: UInt64) {
        let seed = TestLength.seed &+ part
        let rounds = TestLength.rounds(200_000, long: 10_000_000) / 4
        var mutations = FrameMutations(seed: seed)
        var failure: String?
        let time = cpuTime { failure = mutations.firstFailure(rounds: rounds) }
        print("mutations of streams: \(rounds) from seed \(seed) in \(time)")
        if let failure { Issue.record("seed \(seed), \(failure)") }
    }

    /// What a decoder could do wrong.
    enum Defect: CaseIterable {
        /// A byte more than the limit passes.
        case acceptsTooMuch
        /// A second long frame begins before the first has ended.
        case beginsTwice
        /// Room for a whole frame is made when its header comes.
        case believesHeaders
        /// What lies in one step with an error is lost.
        case forgetsAtErrors
    }

    @Test(
        "a decoder with a defect is found out by less", .timeLimit(.minutes(TestLength.minutes)),
        arguments: Defect.allCases)
    func canaries(defect: Defect) {
        var mutations = FrameMutations(seed: TestLength.seed)
        let failure = mutations.firstFailure(rounds: 20_000) { stream, steps in
            var result = FrameMutations.decode(stream, steps)
            switch defect {
            case .acceptsTooMuch: return PlainDecoder(limit: FrameMutations.limit + 1).decode(stream)
            case .beginsTwice:
                return PlainDecoder(limit: FrameMutations.limit, mayBeginTwice: true).decode(stream)
            case .believesHeaders:
                if case .tooLong(let declared, _)? = result.error { result.excess = declared - 2 * stream.count - 64 }
            case .forgetsAtErrors: if result.error != nil { result.frames = result.frames.dropLast() }
            }
            return result
        }
        #expect(failure != nil)
    }
}
