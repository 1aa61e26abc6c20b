import Distributed

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Writes to standard error, on a thread that takes SIGPIPE as threads do that the library has not started.
func say(_ text: String) {
    var (brokenPipe, old) = (sigset_t(), sigset_t())
    sigemptyset(&brokenPipe)
    sigaddset(&brokenPipe, SIGPIPE)
    pthread_sigmask(SIG_UNBLOCK, &brokenPipe, &old)
    _ = Array(text.utf8).withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    pthread_sigmask(SIG_SETMASK, &old, nil)
}

/// Output of a worker's.
extension Probe {
    /// Writes these bytes so many times, and returns when all of them are out of the process.
    public distributed func printBytes(_ bytes: [UInt8], times: Int, toError: Bool) {
        for _ in 0..<times {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(toError ? 2 : 1, $0.baseAddress, $0.count) }
                if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return }
            }
        }
    }

    /// Prints a line as programs do.
    public distributed func printLine(_ text: String) { print(text) }

    /// Stops with these words.
    public distributed func stop(saying text: String) { fatalError(text) }

    /// What the process is called where the system lists processes.
    public distributed func processName() -> String { Surroundings.lines(of: "/proc/self/comm").first ?? "" }
}
