import CShims

#if canImport(Glibc)
package import Glibc
#else
package import Darwin
#endif

extension Socket {
    /// Reads as `read(into:then:)` does, and takes the descriptors that come along. A plain `read` would lose them.
    package func read(
        into first: UnsafeMutableRawBufferPointer, then second: UnsafeMutableRawBufferPointer,
        _ descriptors: (DescriptorArrival) throws -> Void
    ) throws -> Transfer {
        var parts = (
            iovec(iov_base: first.baseAddress, iov_len: first.count),
            iovec(iov_base: second.baseAddress, iov_len: second.count)
        )
        var arrival = ac_arrival()
        while true {
            let count = withUnsafeMutableBytes(of: &parts) { parts in
                ac_receive(
                    number, parts.assumingMemoryBound(to: iovec.self).baseAddress, second.isEmpty ? 1 : 2, &arrival)
            }
            guard count >= 0 else {
                if errno == EINTR { continue }
                return try Self.outcome(of: "recvmsg", errno)
            }
            if let come = Self.descriptors(of: &arrival) { try descriptors(come) }
            return count == 0 ? .closed : .moved(count)
        }
    }

    private static func descriptors(of arrival: inout ac_arrival) -> DescriptorArrival? {
        if arrival.is_lost != 0 { return .lost }
        guard arrival.count > 0 else { return nil }
        let count = Int(arrival.count)
        let group = withUnsafeBytes(of: &arrival.numbers) { numbers in
            DescriptorGroup(
                numbers.bindMemory(to: Int32.self).prefix(count).map {
                    SharedDescriptor(FileDescriptor(owning: $0))
                })
        }
        return DescriptorArrival.isLost ? .lost : .group(group)
    }

    /// Writes as `write` does, and passes descriptors along with the first byte: they have gone if any byte has.
    package func write(
        _ pieces: UnsafeMutableBufferPointer<iovec>, passing group: DescriptorGroup
    ) throws(SystemError) -> Transfer {
        let numbers = group.all.map(\.number)
        while true {
            let count = ac_send(number, pieces.baseAddress, pieces.count, numbers, Int32(numbers.count))
            if count >= 0 { return .moved(count) }
            if errno == EINTR { continue }
            return try Self.outcome(ofSend: errno)
        }
    }
}
