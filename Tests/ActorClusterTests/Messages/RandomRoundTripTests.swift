import ActorCluster
import ActorClusterTesting
import Foundation
import Testing

@Suite("Messages: random values", .computing)
struct RandomRoundTripTests {
    @Test(
        "C-15: random values survive, and agree with what JSON makes of them",
        .timeLimit(.minutes(TestLength.minutes)),
        arguments: 0..<4 as Range<UInt64>)
    func specimens(_ part: UInt64) throws {
        let seed = TestLength.seed &+ part
        var random = RandomSpecimens(seed: seed)
        let (encoder, decoder) = (JSONEncoder(), JSONDecoder())
        for round in 0..<(TestLength.isLong ? 100_000 : 2_500) {
            let specimen = random.specimen()
            let copy = try roundTrip(specimen)
            try #require(copy == specimen, "seed \(seed), round \(round)")
            let json = try decoder.decode(Specimen.self, from: encoder.encode(specimen))
            try #require(copy == json, "seed \(seed), round \(round)")
        }
    }

    @Test("random values beyond JSON survive", .timeLimit(.minutes(TestLength.minutes)))
    func exotics() throws {
        let seed = TestLength.seed
        var random = RandomSpecimens(seed: seed)
        for round in 0..<(TestLength.isLong ? 100_000 : 3_000) {
            let exotic = random.exotic()
            let copy = try roundTrip(exotic)
            try #require(copy == exotic, "seed \(seed), round \(round)")
        }
    }

    @Test(
        "several random values in one message, by one writer and one reader", .timeLimit(.minutes(TestLength.minutes)))
    func mixedMessages() throws {
        let seed = TestLength.seed
        var random = RandomSpecimens(seed: seed)
        for round in 0..<200 {
            let specimens = random.list(upTo: 4) { $0.specimen() }
            let exotics = specimens.map { _ in random.exotic() }
            let writer = MessageWriter.borrow()
            for (specimen, exotic) in zip(specimens, exotics) {
                try writer.write(specimen)
                try writer.write(exotic)
            }
            let message = Array(writer.bytes)
            writer.giveBack()
            let reader = MessageReader.borrow()
            for (specimen, exotic) in zip(specimens, exotics) {
                try #require(try reader.next(Specimen.self, in: message) == specimen, "seed \(seed), round \(round)")
                try #require(try reader.next(Exotic.self, in: message) == exotic, "seed \(seed), round \(round)")
            }
            #expect(reader.position == message.count)
            reader.giveBack()
        }
    }
}
