#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What a process finds when it starts: signals and descriptors, from /proc.
public struct Surroundings: Codable, Hashable, Sendable {
    /// Masks as the kernel prints them.
    public var blockedSignals: String
    /// Masks as the kernel prints them.
    public var ignoredSignals: String
    /// Open descriptors.
    public var descriptors: [Int]
    /// What descriptor 0 is.
    public var standardInput: String
    /// Whether it leads its process group.
    public var leadsGroup: Bool

    /// As it was when this was first read, which a program does in its first line.
    public static let atStart = Surroundings()

    private init() {
        let status = Self.lines(of: "/proc/thread-self/status")
        func field(_ name: String) -> String {
            status.first { $0.hasPrefix(name) }.map { String($0.dropFirst(name.count).drop { $0 == "\t" }) } ?? "?"
        }
        blockedSignals = field("SigBlk:")
        ignoredSignals = field("SigIgn:")
        descriptors = (0..<1024).filter { fcntl($0, F_GETFD) >= 0 }.map(Int.init)
        var buffer = [CChar](repeating: 0, count: 256)
        let count = readlink("/proc/self/fd/0", &buffer, buffer.count)
        standardInput = String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        leadsGroup = getpgrp() == getpid()
    }

    /// Of a file of a few lines.
    static func lines(of path: String) -> [String] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 8192)
        let count = read(file, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
