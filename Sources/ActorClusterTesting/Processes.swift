import CShims
import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What a test sees of processes: where programs lie, which children there are, when one is gone.
public enum Processes {
    /// A program that was built beside this test bundle.
    public static func program(_ name: String) -> String {
        target(of: "/proc/self/exe").split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
            separator: "/")
            + "/\(name)"
    }

    /// The pids of this process's children that run a program of this name, or have run it and are zombies.
    public static func children(named name: String) -> [Int32] {
        let own = getpid()
        return entries(of: "/proc").compactMap { Int32($0) }.filter { pid in
            let text = read("/proc/\(pid)/stat")
            let fields = text.split(separator: ") ").last?.split(separator: " ") ?? []
            guard fields.count > 1, Int32(fields[1]) == own else { return false }
            // All that is left of it.
            if fields[0] == "Z" { return text.contains("(\(name.prefix(15))) ") }
            let program = target(of: "/proc/\(pid)/exe")
            return program.hasSuffix("/\(name)") || program.hasSuffix("/\(name) (deleted)")
        }
    }

    /// Open sockets, pipes and process descriptors of this process: what a worker costs.
    public static func workerDescriptors() -> Int {
        descriptors.count { $0.hasPrefix("socket:") || $0.hasPrefix("pipe:") || $0.hasSuffix("[pidfd]") }
    }

    /// Where a symbolic link leads; empty if it cannot be read.
    package static func target(of link: String) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(link, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Waits until a process, child or not, has ended. False: it had not by then.
    public static func waitUntilGone(_ pid: Int32, within limit: Duration) -> Bool {
        let descriptor = ac_pidfd_open(pid)
        guard descriptor >= 0 else { return true }
        let owner = FileDescriptor(owning: descriptor)
        let end = MonotonicClock.now + limit
        while true {
            var entry = pollfd(fd: owner.number, events: Int16(POLLIN), revents: 0)
            let left = (end - MonotonicClock.now).wholeNanoseconds / 1_000_000
            let count = poll(&entry, 1, Int32(clamping: max(0, left)))
            if count > 0 { return true }
            if count == 0 { return false }
        }
    }

    /// The contents of a small text file, such as one in /proc; empty if it cannot be read.
    public static func read(_ path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        let owner = FileDescriptor(owning: file)
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(owner.number, &buffer, buffer.count)
            if count <= 0 { return String(decoding: text, as: UTF8.self) }
            text += buffer.prefix(count)
        }
    }

    /// The names in a directory.
    public static func entries(of path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

extension Processes {
    /// Waits until all threads of a process sleep, at 20 looks in a row. False: they did not by then.
    package static func waitUntilIdle(_ pid: Int32, within limit: Duration) -> Bool {
        let end = MonotonicClock.now + limit
        var looks = 0
        while looks < 20 {
            if MonotonicClock.now >= end { return false }
            looks = states(of: pid).allSatisfy { $0 == "S" } ? looks + 1 : 0
            poll(nil, 0, 1)
        }
        return true
    }

    /// Stops a process and waits until all its threads have noticed. False: they had not within 5 s.
    package static func stop(_ pid: Int32) -> Bool {
        guard kill(pid, SIGSTOP) == 0 else { return false }
        let end = MonotonicClock.now + .seconds(5)
        while MonotonicClock.now < end {
            if states(of: pid).allSatisfy({ $0 == "T" }) { return true }
            poll(nil, 0, 1)
        }
        return false
    }

    /// One letter for each thread, as in proc_pid_stat(5).
    private static func states(of pid: Int32) -> [Character?] {
        entries(of: "/proc/\(pid)/task").map { thread in
            read("/proc/\(pid)/task/\(thread)/stat").split(separator: ") ").last?.first
        }
    }

    /// The most memory that a process has had resident, in bytes.
    package static func peakMemory(of pid: Int32) -> Int {
        let line = read("/proc/\(pid)/status").split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) << 10
    }
}
