import ActorClusterTesting
import CShims
import Foundation
import ProcessIO

/// Runs programs and waits for their end.
enum Program {
    /// What a program left behind.
    struct Result {
        let output: String
        let errors: String
        let exitCode: Int32

        var lines: [Substring] { output.split(separator: "\n") }
    }

    /// Samples are built into the same directory as the program that runs the tests.
    static func sample(_ name: String) throws -> URL {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: tests).deletingLastPathComponent().appending(path: name)
    }

    static func runSample(_ name: String, _ arguments: String...) async throws -> Result {
        try await run(sample(name), arguments)
    }

    static func run(_ program: URL, _ arguments: [String]) async throws -> Result {
        // To files, not pipes: a pipe that nobody empties stops a program that says much. And opened by the program's
        // own process, so that tests that look for descriptors here can run meanwhile.
        let directory = try TemporaryDirectory()
        let files = try ["output", "errors"].map { name in
            try directory.write(name, "")
            return directory.url.appending(path: name).path(percentEncoded: false)
        }
        let words = [program.path(percentEncoded: false)] + arguments
        let status = try await onOwnThread { try waitForEnd(of: spawn(words, output: files[0], errors: files[1])) }
        let signal = status & 0x7F
        return Result(
            output: try directory.read("output"), errors: try directory.read("errors"),
            exitCode: signal == 0 ? (status >> 8) & 0xFF : -signal)
    }

    /// With clean signals and no descriptor of other tests, whatever they do to this process meanwhile.
    private static func spawn(_ words: [String], output: String, errors: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, O_WRONLY, 0)
        ac_spawn_close_from(&actions, STDERR_FILENO + 1)
        var (attributes, none, all) = (posix_spawnattr_t(), sigset_t(), sigset_t())
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid = pid_t()
        let code = posix_spawn(&pid, words[0], &actions, &attributes, &arguments, environ)
        if code != 0 { throw SystemError(call: "posix_spawn of \(words[0])", code: code) }
        return pid
    }

    private static func waitForEnd(of pid: pid_t) throws -> Int32 {
        var status: Int32 = 0
        try checking("waitpid") { waitpid(pid, &status, 0) }
        return status
    }
}
