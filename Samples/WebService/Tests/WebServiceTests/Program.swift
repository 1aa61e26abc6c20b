import Foundation
import Synchronization
import Testing

/// A program of this package as a process.
final class Program {
    let process = Process()
    private let output = Pipe()
    private var read = Data()
    /// Lines that have been waited for, and those before them.
    private var past = 0

    /// Where this package's programs lie.
    static var directory: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    }

    /// Beside this program, or at another path.
    init(_ name: String, at path: String? = nil, _ arguments: [String]) throws {
        process.executableURL = path.map { URL(filePath: $0) } ?? Self.directory.appending(path: name)
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// Waits for its end.
    func end() throws -> (code: Int32, output: String) {
        read += try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: read, as: UTF8.self))
    }

    /// Waits, a minute at most, for a line of its output that follows the last one that was waited for.
    func line(containing text: String) throws -> String {
        var entry = pollfd(fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let lines = String(decoding: read, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            if let index = lines.dropLast().dropFirst(past).firstIndex(where: { $0.contains(text) }) {
                past = index + 1
                return String(lines[index])
            }
            try #require(poll(&entry, 1, 60_000) == 1, "no line with \"\(text)\" in: \(lines)")
            let bytes = output.fileHandleForReading.availableData
            try #require(!bytes.isEmpty, "the program ended: \(lines)")
            read += bytes
        }
    }
}

/// Files that go away with this.
final class TemporaryFiles {
    private let directory = FileManager.default.temporaryDirectory.appending(path: "WebService-\(UUID())")

    init() throws { try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func path(_ name: String) -> String { directory.appending(path: name).path() }

    func write(_ text: String, to name: String, mode: Int = 0o644) throws {
        try Data(text.utf8).write(to: directory.appending(path: name))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path(name))
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path(name), withDestinationPath: target)
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }
}

/// Set once, by whatever task.
final class Flag: Sendable {
    private let state = Atomic(false)

    var isSet: Bool { state.load(ordering: .relaxed) }

    func set() { state.store(true, ordering: .relaxed) }
}

/// Waits for something that no event tells. False: it has not come true within a minute.
func eventually(_ condition: () throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(60)
    while try !condition() {
        guard ContinuousClock.now < end else { return false }
        try await Task.sleep(for: .milliseconds(5))
    }
    return true
}

/// The processor time that a process has used; 0 when it is gone.
func processorTime(of pid: Int32) -> Duration {
    let text = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
    let fields = text.split(separator: ") ").last?.split(separator: " ").map(String.init) ?? []
    guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { return .zero }
    return .seconds(user + system) / sysconf(Int32(_SC_CLK_TCK))
}
