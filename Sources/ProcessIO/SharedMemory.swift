import CShims

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Memory that several processes have mapped and none can change any more.
///
/// Unchecked: nothing changes after `init`, neither here nor, being sealed, the memory itself.
package final class SharedMemory: @unchecked Sendable {
    /// Passed on to make it another process's, too.
    package let descriptor: SharedDescriptor
    package let bytes: UnsafeRawBufferPointer

    /// Memory of `count` bytes, at least one, that is 0 where `fill` writes nothing.
    package init(byteCount count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws {
        let memory = FileDescriptor(owning: try checking("memfd_create") { ac_memory_create(count) })
        let place = try Self.map(memory.number, count, PROT_READ | PROT_WRITE)
        do {
            try fill(UnsafeMutableRawBufferPointer(start: place, count: count))
        } catch {
            munmap(place, count)
            throw error
        }
        munmap(place, count)
        try checking("fcntl") { ac_memory_seal(memory.number) }
        bytes = UnsafeRawBufferPointer(start: try Self.map(memory.number, count, PROT_READ), count: count)
        descriptor = SharedDescriptor(memory)
    }

    /// Memory of another process. Throws EPERM when somebody could still change it.
    package init(_ descriptor: SharedDescriptor) throws(SystemError) {
        let count = Int(try checking("fstat") { ac_memory_size(descriptor.number) })
        bytes = UnsafeRawBufferPointer(start: try Self.map(descriptor.number, count, PROT_READ), count: count)
        self.descriptor = descriptor
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }

    private static func map(
        _ memory: Int32, _ count: Int, _ protection: Int32
    ) throws(SystemError) -> UnsafeMutableRawPointer {
        guard let place = mmap(nil, count, protection, MAP_SHARED, memory, 0), place != MAP_FAILED else {
            throw .last("mmap")
        }
        return place
    }
}
