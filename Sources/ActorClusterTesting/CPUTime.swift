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

private func used() -> Duration {
    var usage = rusage()
    #if canImport(Glibc)
    // RUSAGE_THREAD, which the headers show to GNU programs only.
    getrusage(1, &usage)
    #else
    getrusage(RUSAGE_SELF, &usage)
    #endif
    let user = usage.ru_utime
    let system = usage.ru_stime
    return .seconds(Int64(user.tv_sec) + Int64(system.tv_sec))
        + .microseconds(Int64(user.tv_usec) + Int64(system.tv_usec))
}
