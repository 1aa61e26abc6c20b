#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Nanoseconds on the monotonic clock.
func now() -> Int64 { read(CLOCK_MONOTONIC) }

/// Nanoseconds of processor time that this process has used.
func readProcessorTime() -> Int64 { read(CLOCK_PROCESS_CPUTIME_ID) }

/// The same of other processes, together; those that are gone do not count.
func readProcessorTime(of processes: [Int32]) -> Int64 {
    processes.reduce(0) { sum, process in
        var clock = clockid_t()
        return clock_getcpuclockid(process, &clock) == 0 ? sum + read(clock) : sum
    }
}

private func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

extension Double {
    /// Seconds as nanoseconds.
    var nanoseconds: Int64 { Int64(self * 1e9) }
}
