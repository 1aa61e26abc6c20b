#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// How a process ended.
package enum ProcessExit: Hashable, Sendable {
    case code(Int32)
    case signal(Int32)
    /// Somebody else has collected the status: a host that waits for any child, or one that ignores SIGCHLD.
    case unknown
}

/// The signals that are sent to workers.
package enum StopSignal: Sendable {
    case terminate
    case kill
}

extension SpawnPlan {
    /// Starts the process with `channel` as its descriptor 3.
    func spawn(channel: Int32) throws(SystemError) -> pid_t {
        var actions = SpawnActions()
        defer { actions.destroy() }
        try actions.add("posix_spawn_file_actions_addopen") {
            posix_spawn_file_actions_addopen(&$0, 0, "/dev/null", O_RDONLY, 0)
        }
        // The channel last: a stream's own number may be the one that it takes.
        try actions.direct(1, to: standardOutput)
        try actions.direct(2, to: standardError)
        try actions.add("posix_spawn_file_actions_adddup2") {
            posix_spawn_file_actions_adddup2(&$0, channel, Self.channel)
        }
        try actions.closeOthers(from: Self.channel + 1)
        if let directory { try actions.changeDirectory(directory) }
        var attributes = try SpawnAttributes()
        defer { attributes.destroy() }

        var pid: pid_t = 0
        let environment = self.environment.map { "\($0.key)=\($0.value)" }
        let code = withCStrings(arguments) { arguments in
            withCStrings(environment) { environment in
                posix_spawn(&pid, executable, &actions.value, &attributes.value, arguments, environment)
            }
        }
        guard code == 0 else { throw SystemError(call: "posix_spawn of \(arguments.first ?? executable)", code: code) }
        return pid
    }
}

extension SpawnActions {
    fileprivate mutating func direct(_ number: Int32, to stream: SpawnPlan.Stream) throws(SystemError) {
        switch stream {
        case .inherited: break
        case .discarded:
            try add("posix_spawn_file_actions_addopen") {
                posix_spawn_file_actions_addopen(&$0, number, "/dev/null", O_WRONLY, 0)
            }
        case .descriptor(let descriptor):
            try add("posix_spawn_file_actions_adddup2") {
                posix_spawn_file_actions_adddup2(&$0, descriptor, number)
            }
        }
    }
}

/// A list of strings as C wants it, ending in a null pointer.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeBufferPointer { body($0.baseAddress.unsafelyUnwrapped) }
}

/// The environment of this process.
package func currentEnvironment() -> [String: String] {
    var result: [String: String] = [:]
    #if canImport(Glibc)
    var next = Glibc.environ
    #else
    var next = Darwin.environ
    #endif
    while let entry = next.pointee {
        let text = String(cString: entry)
        if let equals = text.firstIndex(of: "=") {
            result[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        next += 1
    }
    return result
}
