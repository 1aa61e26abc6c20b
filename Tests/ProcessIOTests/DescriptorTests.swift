import ActorClusterTesting
import ProcessIO
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@Suite("descriptors on a socket", .exclusive)
struct DescriptorTests {
    private let (left, right): (Socket, Socket)

    init() throws { (left, right) = try Socket.pair() }

    private func write(_ text: String, passing group: DescriptorGroup? = nil) throws -> Transfer {
        var bytes = [UInt8](text.utf8)
        return try bytes.withUnsafeMutableBytes { bytes in
            var piece = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
            return try withUnsafeMutablePointer(to: &piece) {
                let pieces = UnsafeMutableBufferPointer(start: $0, count: 1)
                guard let group else { return try left.write(pieces) }
                return try left.write(pieces, passing: group)
            }
        }
    }

    private func read(_ most: Int = 100) throws -> (text: String, [DescriptorArrival]) {
        var buffer = [UInt8](repeating: 0, count: most)
        var arrivals: [DescriptorArrival] = []
        var count = 0
        let transfer = try buffer.withUnsafeMutableBytes { buffer in
            let none = UnsafeMutableRawBufferPointer(start: nil, count: 0)
            return try right.read(into: buffer, then: none) { arrivals.append($0) }
        }
        if case .moved(let moved) = transfer { count = moved }
        return (String(decoding: buffer.prefix(count), as: UTF8.self), arrivals)
    }

    @Test("they come with the write's first byte, and a read ends with the write that brought some")
    func boundaries() throws {
        let first = DescriptorGroup([try Socket.sharedPair().0])
        let (one, two) = try Socket.sharedPair()
        #expect(try write("plain") == .moved(5))
        #expect(try write("first", passing: first) == .moved(5))
        #expect(try write("second", passing: DescriptorGroup([one, two])) == .moved(6))
        #expect(try write("last") == .moved(4))
        let (text, arrivals) = try read()
        #expect(text == "plainfirst" && arrivals.count == 1)
        let (rest, more) = try read(3)
        #expect(rest == "sec")
        guard case .group(let group)? = more.first else { throw SystemError.last("recvmsg") }
        #expect(group.all.count == 2)
        for descriptor in group.all { #expect(fcntl(descriptor.number, F_GETFD) == FD_CLOEXEC) }
        #expect(isSame(group.all[0], one) && isSame(group.all[1], two))
        let (end, none) = try read()
        #expect(end == "ondlast" || end == "ond")
        #expect(none.isEmpty)
    }

    #if os(Linux)
    @Test("F7: when there is no room for descriptors the bytes come, all of them are closed, and their loss is told")
    func lost() throws {
        #expect(writeTooMany("text") == 4)
        let (text, arrivals) = try read()
        #expect(text == "text" && arrivals == [.lost])
        let passed = Processes.target(of: "/proc/self/fd/\(left.number)")
        #expect(Processes.descriptors.count { $0 == passed } == 1)
    }

    /// Passes more descriptors than a reader of ours has room for.
    private func writeTooMany(_ text: String) -> Int {
        let passed = [Int32](repeating: left.number, count: 200)
        var (header, bytes) = (cmsghdr(), [UInt8](text.utf8))
        header.cmsg_len = MemoryLayout<cmsghdr>.size + passed.count * MemoryLayout<Int32>.size
        (header.cmsg_level, header.cmsg_type) = (SOL_SOCKET, Int32(SCM_RIGHTS))
        var control = withUnsafeBytes(of: &header) { [UInt8]($0) } + passed.withUnsafeBytes { [UInt8]($0) }
        return bytes.withUnsafeMutableBytes { bytes in
            control.withUnsafeMutableBytes { control in
                var piece = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                return withUnsafeMutablePointer(to: &piece) { piece in
                    var message = msghdr()
                    (message.msg_iov, message.msg_iovlen) = (piece, 1)
                    (message.msg_control, message.msg_controllen) = (control.baseAddress, control.count)
                    return sendmsg(left.number, &message, 0)
                }
            }
        }
    }
    #endif

    @Test("one that has been taken is not closed with those that held it")
    func taken() throws {
        var shared: SharedDescriptor? = try Socket.sharedPair().0
        let number = try #require(shared?.number)
        let mine = shared?.take()
        let isTakenTwice = shared?.take() != nil
        #expect(!isTakenTwice)
        shared = nil
        #expect(fcntl(number, F_GETFD) == FD_CLOEXEC)
        _ = consume mine
        #expect(fcntl(number, F_GETFD) == -1)
    }

    private func isSame(_ left: SharedDescriptor, _ right: SharedDescriptor) -> Bool {
        var (one, two) = (stat(), stat())
        fstat(left.number, &one)
        fstat(right.number, &two)
        return one.st_ino == two.st_ino && one.st_dev == two.st_dev
    }
}
