#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What `body` costs the processor: unlike the time that passes, it does not depend on what else runs.
public func cpuTime<Failed: Error>(_ body: () throws(Failed) -> Void) throws(Failed) -> Duration {
    let begin = used()
    try body()
    return used() - begin
}

/// What this process has cost the processors, without its children.
package func cpuTimeOfProcess() -> Duration { used(by: 0) }

private func used() -> Duration {
    #if canImport(Glibc)
    // RUSAGE_THREAD, which the headers show to GNU programs only.
    used(by: 1)
    #else
    cpuTimeOfProcess()
    #endif
}

/// `who` is 0 for the process: RUSAGE_SELF, which Glibc has as an enumeration that its own function does not take.
private func used(by who: Int32) -> Duration {
    var usage = rusage()
    getrusage(who, &usage)
    let user = usage.ru_utime
    let system = usage.ru_stime
    return .seconds(Int64(user.tv_sec) + Int64(system.tv_sec))
        + .microseconds(Int64(user.tv_usec) + Int64(system.tv_usec))
}
