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
        // To files, not pipes: a pipe that nobody empties stops a program that says much.
        let directory = try TemporaryDirectory()
        let files = try ["output", "errors"].map { name in
            try directory.write(name, "")
            return try FileHandle(forWritingTo: directory.url.appending(path: name))
        }
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        (process.standardOutput, process.standardError) = (files[0], files[1])
        let start = await suspended { (end: Suspension<Swift.Result<Void, any Error>>) in
            process.terminationHandler = { _ in end.resume(returning: .success(())) }
            do {
                try process.run()
            } catch {
                end.resume(returning: .failure(error))
            }
        }
        try start.get()
        return Result(
            output: try directory.read("output"), errors: try directory.read("errors"),
            exitCode: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus)
    }
}
