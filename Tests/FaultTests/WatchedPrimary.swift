import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

/// A primary in a process of its own that tells line by line what it sees.
final class WatchedPrimary {
    private let process: OwnedProcess
    private var text = ""
    private(set) var workers: [Int32] = []

    init(
        _ arguments: [String], program: String = "FaultyWorkers", environment: [String: String] = [:]
    ) throws {
        process = try OwnedProcess(program, arguments, environment: environment)
    }

    /// Waits until its workers are ready and at work.
    func waitUntilReady() throws {
        workers = try line(beginning: "ready").split(separator: " ").dropFirst().compactMap { Int32($0) }
        try #require(!workers.isEmpty)
    }

    func signal(_ number: Int32) { kill(process.pid, number) }

    /// To the whole group, as a terminal does.
    func signalGroup(_ number: Int32) { kill(-process.pid, number) }

    /// Waits for a line.
    func line(beginning prefix: String) throws -> String {
        while true {
            if let line = lines.first(where: { $0.hasPrefix(prefix) }) { return line }
            try #require(read(), "it has ended without \(prefix); it said:\n\(text)")
        }
    }

    /// Waits until its lines are as they should be.
    func wait(until isSo: ([String]) -> Bool) throws {
        while !isSo(lines) { try #require(read(), "waited in vain; it said:\n\(text)") }
    }

    /// How it ends; all that it has told is in `lines` then.
    func end(within limit: Duration) -> ProcessExit? {
        let exit = process.waitForExit(within: limit)
        if exit != nil { while read() {} }
        return exit
    }

    var lines: [String] { text.split(separator: "\n").map(String.init) }

    func lines(beginning prefix: String) -> [String] { lines.filter { $0.hasPrefix(prefix) } }

    /// Its workers that are still there.
    var left: [Int32] { workers.filter { kill($0, 0) == 0 } }

    /// False: there is no more.
    private func read() -> Bool {
        var entry = pollfd(fd: process.channel.number, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 20_000) > 0 else { return false }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let transfer = buffer.withUnsafeMutableBytes { try? process.channel.read(into: $0) }
        guard case .moved(let count)? = transfer else { return false }
        text += String(decoding: buffer[..<count], as: UTF8.self)
        return true
    }
}

/// Runs `body` with such a primary on a thread of its own, in a directory for markers. Nothing is left of it (I2 to
/// I4).
func withWatchedPrimary(
    _ arguments: [String], _ body: @escaping @Sendable (WatchedPrimary, _ markers: String) throws -> Void
) async throws {
    try await withTemporaryDirectory { directory in
        try await leavingNothing {
            try await onOwnThread {
                let primary = try WatchedPrimary(arguments, environment: [Markers.variable: directory])
                try body(primary, directory)
                #expect(primary.left == [])
            }
        }
    }
}
