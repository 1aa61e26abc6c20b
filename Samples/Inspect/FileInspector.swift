import ActorCluster
import Distributed

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// How a worker's look at one file ended. A file that cannot be read is an answer, not an error.
enum Inspection: Codable, Sendable {
    case facts(FileFacts)
    case unreadable(reason: String)
}

/// Inspects files, each worker process its own.
distributed actor FileInspector {
    typealias ActorSystem = ClusterActorSystem

    /// `trapOn` is text that makes the inspector trap on files whose path holds it.
    distributed func inspect(_ path: RawPath, in directory: RawPath, trapOn: String?) throws -> Inspection {
        if let trapOn, path.contains(trapOn) { trap(on: path) }
        do {
            return .facts(try scan(directory.appending(path)))
        } catch let failure as SystemFailure {
            return .unreadable(reason: failure.description)
        }
    }

    /// Stands for a bug that some files bring to light. It ends the whole process, as an index out of range or a
    /// crash in a C library would; the primary sees one failed call.
    private func trap(on path: RawPath) -> Never { fatalError("asked to trap on \(path.line)") }

    /// Blocks its thread while it reads. In a worker process nobody else needs it.
    private func scan(_ path: RawPath) throws -> FileFacts {
        // What was a regular file when the tree was walked may be a link or a pipe by now.
        let file = open(path.cString, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { throw SystemFailure.last }
        defer { close(file) }
        var scan = FileScan()
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            // When the caller has given up, it wants the worker for the next file.
            try Task.checkCancellation()
            let count = buffer.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
            switch count {
            case 1...: scan.add(buffer[..<count])
            case 0: return scan.facts
            default: if errno != EINTR { throw SystemFailure.last }
            }
        }
    }
}
