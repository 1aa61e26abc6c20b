#if canImport(Glibc)
package import Glibc
#else
package import Darwin
#endif

/// What a socket is called, in words that people write.
package enum SocketName: Hashable, Sendable {
    case internet(host: String, port: Int)
    case unix(path: String)
    /// As a Unix socket's client is.
    case unnamed
}

/// The same as the system has it.
package struct RawSocketName: Sendable {
    private var storage = sockaddr_storage()
    private(set) var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

    /// To be filled in by a system call.
    package init() {}

    /// A file. `nil`: its path is too long, empty, or has a zero byte.
    package init?(path: String) {
        let bytes = Array(path.utf8)
        guard (1...Self.longestPath).contains(bytes.count), !bytes.contains(0) else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        withUnsafeMutableBytes(of: &storage) { storage in
            withUnsafeBytes(of: &address) { storage.copyMemory(from: $0) }
        }
        length = socklen_t(MemoryLayout<sockaddr_un>.size)
    }

    init?(_ address: UnsafePointer<sockaddr>, length: socklen_t) {
        guard length <= socklen_t(MemoryLayout<sockaddr_storage>.size) else { return nil }
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(length)))
        }
        self.length = length
    }

    /// Bytes that a path may have.
    package static let longestPath = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    package var family: Int32 { Int32(storage.ss_family) }

    package func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    package mutating func fill(_ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Int32) -> Int32 {
        var length = length
        defer { self.length = min(length, socklen_t(MemoryLayout<sockaddr_storage>.size)) }
        return withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
        }
    }

    package var name: SocketName {
        switch family {
        case AF_INET, AF_INET6: internetName
        case AF_UNIX: unixName
        default: .unnamed
        }
    }

    private var internetName: SocketName {
        var host = [CChar](repeating: 0, count: 64)
        var service = [CChar](repeating: 0, count: 16)
        let code = withPointer { address, length in
            getnameinfo(
                address, length, &host, socklen_t(host.count), &service, socklen_t(service.count),
                NI_NUMERICHOST | NI_NUMERICSERV)
        }
        guard code == 0, let port = Int(Self.text(service)) else { return .unnamed }
        return .internet(host: Self.text(host), port: port)
    }

    private var unixName: SocketName {
        let path = withUnsafeBytes(of: storage) { bytes -> [UInt8] in
            let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
            return start < Int(length) ? bytes[start..<Int(length)].prefix { $0 != 0 } : []
        }
        return path.isEmpty ? .unnamed : .unix(path: String(decoding: path, as: UTF8.self))
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
