import Testing

@testable import Benchmark

/// What Benchmark makes of what it has measured.
@Suite(.timeLimit(.minutes(1)))
struct BenchmarkResultsTests {
    @Test("median, percentiles and spread of an odd and of an even number of values")
    func distribution() {
        let odd = Distribution([5, 1, 3])
        #expect((odd.median, odd.least, odd.most, odd.spread) == (3, 1, 5, 4.0 / 3))
        #expect(Distribution([4, 1, 2, 3]).median == 2.5)
        let hundred = Distribution((1...100).map(Double.init))
        #expect([0, 1, 50, 99, 99.1, 100].map(hundred.percentile) == [1, 1, 50, 99, 100, 100])
        #expect(Distribution([7]).percentile(99) == 7)
    }

    @Test("one value has no spread, and none is relative to nothing")
    func noSpread() {
        #expect(Distribution([7]).spread == nil)
        #expect(Distribution([0, 0]).spread == nil)
    }

    @Test("a ratio is the median of the rounds' ratios, not the ratio of the medians")
    func ratio() {
        var (own, floor) = (Readings(), Readings())
        for (mine, its) in [(10.0, 5.0), (30, 10), (80, 20)] {
            own.add(["W1 median_us": mine])
            floor.add(["W1 median_us": its])
        }
        #expect(own["W1 median_us"]?.median == 30)
        #expect(own.ratio(of: "W1 median_us", to: floor, "W1 median_us") == 3)
        #expect(own.ratio(of: "W1 median_us", to: floor, "W5 median_us") == nil)
        #expect(own["W5 median_us"] == nil)
    }

    private var report: Report {
        var report = Report(readings: Readings())
        for factor in [1.0, 1.1, 0.9] {
            report.readings.add(["W1 median_us": 20 * factor, "W1 min_us": 15, "W2.64 calls_s": 50_000 * factor])
            report.readings.add(["W3.16k p99_us": 90, "W8.1 calls_s": 40_000, "W8.2 calls_s": 60_000])
            report.floor.add(["W1 median_us": 10 * factor, "W2.64 calls_s": 200_000, "W2.64 batched_s": 4_000_000])
        }
        report.readings.add(["idle primary_percent": 0.0123])
        return report
    }

    @Test("the table has aligned columns; a rate's ratio is turned round, so that larger is slower")
    func table() {
        let expected = """
                   WHAT                                      MEDIAN  UNIT     SPREAD  BESIDE  RATIO
            W1     echo of 64 bytes, one at a time, median     20.0  µs         20 %    10.0  ×2.00
            W1     echo of 64 bytes, one at a time, least      15.0  µs          0 %
            W2.64  64 callers                                 50000  calls/s    20 %  200000  ×4.00
            W2.64  64 messages in batches, in C             4000000  calls/s     0 %
            W8.1   256 callers, 1 worker                      40000  calls/s     0 %
            W8.2   256 callers, 2 workers                     60000  calls/s     0 %   40000  ×1.50
            idle   idle primary                               0.012  % CPU
            """
        #expect(report.table.joined(separator: "\n") == expected)
    }

    @Test("the lines are workload, metric and number, without what is measured in C")
    func lines() {
        #expect(
            report.lines == [
                "W1 median_us 20.000", "W1 min_us 15.000", "W2.64 calls_s 50000.000", "W3.16k p99_us 90.000",
                "W8.1 calls_s 40000.000", "W8.2 calls_s 60000.000", "idle primary_percent 0.012",
            ])
    }

    @Test("each figure has a key of its own, which begins with its workload")
    func figures() {
        let keys = Figure.all.map(\.key)
        #expect(Set(keys).count == keys.count)
        for workload in Workload.allCases {
            #expect(keys.contains { $0.hasPrefix("\(workload.rawValue) ") || $0.hasPrefix("\(workload.rawValue).") })
        }
        for case .figure(let key) in Figure.all.map(\.reference) { #expect(keys.contains(key)) }
    }

    @Test(
        "numbers are written without exponents",
        arguments: [
            (0, 0, "0"), (0.4, 0, "0"), (-0.4, 0, "0"), (1.5, 0, "2"), (0.0005, 3, "0.001"), (12.0456, 3, "12.046"),
            (-2.25, 1, "-2.3"), (15_392_123.4, 3, "15392123.400"), (1e300, 0, "9223372036854775807"),
        ])
    func numbers(value: Double, digits: Int, text: String) { #expect(fixed(value, digits: digits) == text) }

    @Test("short numbers have about three digits that matter")
    func shortNumbers() {
        #expect([1234.4, 123.45, 12.345, 1.2345, 0.12345].map(short) == ["1234", "123", "12.3", "1.23", "0.123"])
    }
}
