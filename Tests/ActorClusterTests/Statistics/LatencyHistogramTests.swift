import ActorCluster
import ActorClusterTesting
import Foundation
import Testing

@Suite("LatencyHistogram", .computing)
struct LatencyHistogramTests {
    private var histogram = LatencyHistogram()

    @Test(
        "what it says of a rank is at most 6.25 % above what a sorted list says",
        arguments: 1...20 as ClosedRange<UInt64>)
    mutating func exact(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var list: [Int64] = []
        for _ in 0..<2_000 {
            let time = Int64(1) << Int64.random(in: 10...36, using: &generator)
            list.append(Int64.random(in: 0...time, using: &generator))
            histogram.add(.nanoseconds(list.last ?? 0))
        }
        list.sort()
        for share in [0.1, 1, 25, 50, 90, 99, 99.9, 100] {
            let exact = Double(list[max(0, Int((2_000 * share / 100).rounded(.up)) - 1)])
            let said = histogram.percentile(share) / .nanoseconds(1)
            #expect(said >= exact && said <= max(1_024, exact * 1.0625 + 1), "\(share) %: \(said), not \(exact)")
        }
        #expect(histogram.count == 2_000)
    }

    @Test("nothing has no length; what is too short or too long counts at the ends")
    mutating func ends() {
        #expect(histogram.p50 == .zero && histogram.mean == .zero && histogram.count == 0)
        for time in [Duration.seconds(-1), .zero, .nanoseconds(1), .seconds(1 << 40)] { histogram.add(time) }
        #expect(histogram.count == 4)
        #expect(histogram.percentile(-3) == .nanoseconds(1_024))
        #expect(histogram.percentile(400) > .seconds(250))
    }

    @Test("two that are added are as one that has seen both; it survives encoding, and bad input does not trap")
    mutating func added() throws {
        var (other, both) = (LatencyHistogram(), LatencyHistogram())
        for time in [1, 50, 7_000] as [Int64] {
            histogram.add(.microseconds(time))
            other.add(.milliseconds(time))
            both.add(.microseconds(time))
            both.add(.milliseconds(time))
        }
        histogram.add(LatencyHistogram())
        histogram.add(other)
        #expect(histogram == both)
        let coded = try Body.encode(histogram).withUnsafeBytes { try Body.decode(LatencyHistogram.self, from: $0) }
        #expect(coded == histogram)
        for text in [
            #"{"buckets":[99999],"counts":[1],"nanoseconds":1}"#, #"{"buckets":[-1],"counts":[1],"nanoseconds":1}"#,
            #"{"buckets":[1,2],"counts":[1],"nanoseconds":1}"#,
        ] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(LatencyHistogram.self, from: Data(text.utf8))
            }
        }
        let huge = #"{"buckets":[1,2],"counts":[18446744073709551615,5],"nanoseconds":18446744073709551615}"#
        var overflowing = try JSONDecoder().decode(LatencyHistogram.self, from: Data(huge.utf8))
        overflowing.add(overflowing)
        overflowing.add(.seconds(1))
        #expect(overflowing.percentile(50) >= .zero)
    }
}
