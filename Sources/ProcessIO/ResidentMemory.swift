#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Resident memory of this process in bytes; 0 if the system does not say.
package func residentMemory() -> Int { residentMemory(of: getpid()) ?? 0 }

/// Resident memory of a process in bytes; `nil` if the system does not say.
///
/// On Linux from /proc/<pid>/statm, which costs the kernel nothing to make: smaps_rollup tells shared pages apart,
/// but walks all of the process's pages under the lock that its page faults wait for.
package func residentMemory(of pid: Int32) -> Int? {
    #if os(Linux)
    let file = open("/proc/\(pid)/statm", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    let owner = FileDescriptor(owning: file)
    var buffer = [UInt8](repeating: 0, count: 128)
    let count = read(owner.number, &buffer, buffer.count)
    let fields = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
    return pages * sysconf(Int32(_SC_PAGESIZE))
    #else
    var info = proc_taskinfo()
    let size = Int32(MemoryLayout<proc_taskinfo>.size)
    guard proc_pidinfo(pid, PROC_PIDTASKINFO, 0, &info, size) == size else { return nil }
    return Int(info.pti_resident_size)
    #endif
}
