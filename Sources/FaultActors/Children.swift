import Distributed

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A worker's own child processes, for what they inherit.
extension Probe {
    /// Starts `sleep 60`, which gets every descriptor that is not closed on its way.
    public distributed func startChild() throws -> Int32 {
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("60"), nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, "/bin/sleep", nil, nil, &arguments, environ)
        guard code == 0 else { throw ListedError(code: Int(code), hint: "posix_spawn") }
        return pid
    }

    /// From now on SIGTERM does nothing here.
    public distributed func ignoreTermination() { signal(SIGTERM, SIG_IGN) }

    /// Blocks the thread until the child has ended.
    public distributed func waitForChild(_ pid: Int32) { waitpid(pid, nil, 0) }
}
