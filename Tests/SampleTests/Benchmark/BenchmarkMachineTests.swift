import Testing

@testable import Benchmark

/// What Benchmark reads from the system.
@Suite(.timeLimit(.minutes(1)))
struct BenchmarkMachineTests {
    private func use(_ statistics: String, own: Double, time: Double) -> ProcessorUse {
        ProcessorUse(statistics: statistics, ticksPerSecond: 100, processors: 2, own: own, time: time)
    }

    @Test("what others used is all that was busy, stolen time included, less one's own")
    func foreignShare() {
        let begin = use("cpu  100 0 50 9000 70 5 5 40 30 0\ncpu0 1 1 1 1\n", own: 1, time: 10)
        #expect(begin.busy == 2)
        let end = use("cpu  500 0 150 9500 90 5 5 140 30 0\n", own: 3, time: 20)
        #expect(end.foreignShare(since: begin) == (6.0 - 2) / 20)
        #expect(begin.foreignShare(since: begin) == 0)
        #expect(use("", own: 9, time: 30).foreignShare(since: begin) == 0)
    }

    @Test("memory is read in MiB; a process that is gone has none")
    func memory() {
        let rollup = "5581-7ffc ---p 00:00 0 [rollup]\nRss:    11520 kB\nPss:     2304 kB\nPss_Dirty: 1 kB\n"
        #expect(MemoryUse(rollup: rollup) == MemoryUse(resident: 11.25, proportional: 2.25))
        #expect(MemoryUse(rollup: "") == nil)
    }

    @Test("a noisy machine is warned of, a quiet one is not")
    func noise() {
        #expect(Noise(foreignShare: 0.1, floorSpread: 0.25).warning == nil)
        #expect(Noise(foreignShare: 0.02).warning == nil)
        #expect(Noise(foreignShare: 0.11).warning?.hasPrefix("too noisy: others used 11 % of the machine") == true)
        let varied = Noise(foreignShare: 0, floorSpread: 0.4)
        #expect(varied.warning?.hasPrefix("too noisy: even the C floor varied by 40 %") == true)
        #expect(varied.description == "processor time used by others 0 %; spread of the C floor of W1 40 %")
    }
}
