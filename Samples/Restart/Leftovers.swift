#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What this process holds of the system.
enum Leftovers {
    /// Those of them that there still are, zombies included.
    static func processes(of pids: Set<Int32>) -> [Int32] { pids.filter { kill($0, 0) == 0 }.sorted() }

    /// Open descriptors, but for the timers that Swift makes at the first use and keeps.
    static func descriptors() -> Int {
        guard let directory = opendir("/dev/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard Int32(name) != nil else { continue }
            if !target(of: "/dev/fd/\(name)").hasSuffix("[timerfd]") { count += 1 }
        }
        return count
    }

    private static func target(of link: String) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        let count = readlink(link, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
