package import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A process that a test has started, with a socket as its descriptor 3: killed and reaped in any case.
package final class OwnedProcess {
    /// The test's end of its descriptor 3.
    package let channel: Socket
    private let child: ChildProcess
    private var exit: ProcessExit?

    package var pid: Int32 { child.pid }

    /// Starts a program that was built beside this test bundle, or one by its path, with variables besides those of
    /// this process.
    package init(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:],
        output: OutputPipe? = nil, error: OutputPipe? = nil
    ) throws {
        let (ours, theirs) = try Socket.pair()
        let path = program.hasPrefix("/") ? program : Processes.program(program)
        var variables = currentEnvironment()
        // A crash on purpose needs no backtrace.
        variables["SWIFT_BACKTRACE"] = "enable=no"
        variables.merge(environment) { _, new in new }
        var plan = SpawnPlan(executable: path, arguments: [path] + arguments, environment: variables)
        if let output { plan.standardOutput = .descriptor(output.number) }
        if let error { plan.standardError = .descriptor(error.number) }
        child = try ChildProcess(plan, channel: theirs)
        channel = ours
    }

    deinit { end() }

    /// How it ended; `nil`: it had not by the limit.
    package func waitForExit(within limit: Duration) -> ProcessExit? {
        if let exit { return exit }
        guard Processes.waitUntilGone(pid, within: limit) else { return nil }
        exit = reap()
        return exit
    }

    /// Kills and reaps it, if it is still there.
    package func end() {
        guard exit == nil else { return }
        child.signal(.kill)
        exit = reap()
    }

    private func reap() -> ProcessExit {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            if errno != EINTR { return .unknown }
        }
        let signal = status & 0x7F
        return signal == 0 ? .code((status >> 8) & 0xFF) : .signal(signal)
    }
}
