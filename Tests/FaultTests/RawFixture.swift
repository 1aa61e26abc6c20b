import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

/// Options for pools whose workers commit a misdeed, and are replaced at once as often as they die.
func rogueProgram(_ misdeed: Misdeed, _ change: (inout PoolOptions) -> Void = { _ in }) -> PoolOptions {
    CallCounter.current?.allowAnswersWithoutRun()
    return workerProgram {
        $0.process.arguments = misdeed.arguments
        $0.backoff = .none
        $0.intensity = .unlimited
        change(&$0)
    }
}

/// Speaks to a worker by raw frames, on a thread of its own because everything in it waits there. The worker is
/// killed and reaped in any case, and nothing is left of it (I2 to I4); what becomes of its calls is the test's own
/// affair.
func withRawPrimary(
    arguments: [String] = [], environment: [String: String] = [:],
    _ body: @escaping @Sendable (RawPrimary) throws -> Void
) async throws {
    try await leavingNothing {
        try await onOwnThread {
            let primary = try RawPrimary(arguments: arguments, environment: environment)
            defer { primary.worker.end() }
            try body(primary)
        }
    }
}

/// An empty directory that is gone afterwards.
func withTemporaryDirectory(_ body: (String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try await body(directory.path)
}

/// Makes a program of a few lines.
func writeScript(_ text: String, to path: String) throws {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
}

/// The wire names of methods, by how a person writes them: `Probe.echo(_:)`.
enum Targets {
    private static let table = TargetTable.ofThisBinary

    static func named(_ method: String) throws -> String {
        let table = try table.get()
        return try #require(table.names.first { table.readableName(of: $0) == "FaultActors.\(method)" }, "\(method)")
    }

    /// `Probe.sleep`, and its arguments; nobody counts the call.
    static var sleep: String { get throws { try named("Probe.sleep(milliseconds:call:)") } }
    static func sleepArguments(milliseconds: Int) throws -> [UInt8] {
        try Body.encode(milliseconds) + Body.encode(0 as UInt64)
    }

    /// The number in this process of any method, also of the library's own: `ActorCluster.TopicBoard.subscribe(_:)`.
    static func number(of method: String) throws -> UInt64 {
        let table = try table.get()
        let number = table.names.firstIndex { table.readableName(of: $0) == method }
        return UInt64(try #require(number, "\(method)"))
    }

    static var all: [String] { get throws { try table.get().names } }

    static var fingerprint: UInt64 { get throws { try table.get().fingerprint } }

    /// Those that may be called on a `Probe`.
    static var ofProbe: Set<String> {
        get throws { Set(try table.get().targets(of: Probe.self).all.map(\.name)) }
    }
}
