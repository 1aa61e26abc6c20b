import CShims

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// How a socket listens.
package struct ListeningSettings: Sendable {
    package var backlog: Int32 = 1_024
    package var noDelay = true
    package var reusesAddress = true
    /// Others may listen on the same port beside it.
    package var reusesPort = false
    package var isIPv6Only = false
    /// The rights of a Unix socket's file; `nil`: what the process's mask leaves.
    package var mode: UInt32?

    package init() {}
}

/// What one look for a new connection gave.
package enum Acceptance: Sendable {
    case connection(SharedDescriptor, from: SocketName)
    case none
    /// There is one, but neither a descriptor nor memory for it. It stays where it is.
    case exhausted
}

/// A socket that takes connections, and the file that is its name if it has one. Non-blocking and close-on-exec.
package final class ListeningSocket: Sendable {
    package let descriptor: SharedDescriptor
    package let name: SocketName
    /// `name` as the system has it.
    package let address: RawSocketName
    /// To be removed when it listens no more.
    private let file: SocketFile?
    private let isOwn: Bool

    /// Binds a socket and listens.
    package init(_ address: RawSocketName, _ settings: ListeningSettings) throws(SystemError) {
        let socket = try Self.make(address.family)
        try Self.prepare(socket.number, address.family, settings)
        try Self.bind(socket.number, to: address)
        let file = try SocketFile(of: address, mode: settings.mode)
        do throws(SystemError) {
            let number = socket.number
            try checking("listen") { listen(number, settings.backlog) }
            self.address = try Self.name(of: number)
        } catch {
            file?.remove()
            throw error
        }
        descriptor = SharedDescriptor(socket)
        (name, self.file, isOwn) = (self.address.name, file, true)
    }

    /// One that somebody else has made. Throws when it does not listen. The process's own descriptor stays as it is.
    package init(inherited number: Int32, noDelay: Bool) throws(SystemError) {
        guard try Self.option(number, SOL_SOCKET, SO_ACCEPTCONN) != 0 else {
            throw SystemError(call: "getsockopt(SO_ACCEPTCONN)", code: EINVAL)
        }
        let own = FileDescriptor(owning: try checking("fcntl") { fcntl(number, F_DUPFD_CLOEXEC, 3) })
        let copy = own.number
        let flags = try checking("fcntl") { fcntl(copy, F_GETFL) }
        try checking("fcntl") { fcntl(copy, F_SETFL, flags | O_NONBLOCK) }
        address = try Self.name(of: copy)
        name = address.name
        if noDelay, case .internet = name { try Self.set(copy, Self.tcp, TCP_NODELAY, 1) }
        descriptor = SharedDescriptor(own)
        (file, isOwn) = (nil, false)
    }

    deinit { file?.remove() }

    /// Nobody comes by its name any more. `hard`: it stops listening also where else its descriptor is, unless it is somebody
    /// else's; otherwise those go on. The descriptor goes with its last holder.
    package func close(hard: Bool) {
        file?.remove()
        if hard, isOwn { shutdown(descriptor.number, Int32(SHUT_RDWR)) }
    }

    /// Takes the next connection, without waiting for one.
    package func accept() throws(SystemError) -> Acceptance { try Self.accept(from: descriptor.number) }

    package static func accept(from number: Int32) throws(SystemError) -> Acceptance {
        while true {
            var client = RawSocketName()
            let accepted = client.fill { ac_accept(number, $0, &$1) }
            if accepted >= 0 {
                return .connection(SharedDescriptor(FileDescriptor(owning: accepted)), from: client.name)
            }
            switch errno {
            case EAGAIN, EWOULDBLOCK: return .none
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
            // The client has gone, or never quite came (accept(2)).
            case EINTR, ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH,
                EPERM:
                continue
            default: throw .last("accept4")
            }
        }
    }

    // MARK: Making

    private static let tcp = Int32(IPPROTO_TCP)

    private static func make(_ family: Int32) throws(SystemError) -> FileDescriptor {
        #if canImport(Glibc)
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        return FileDescriptor(owning: try checking("socket") { socket(family, type, 0) })
        #else
        let descriptor = FileDescriptor(owning: try checking("socket") { socket(family, SOCK_STREAM, 0) })
        _ = fcntl(descriptor.number, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor.number, F_SETFL, O_NONBLOCK)
        return descriptor
        #endif
    }

    private static func prepare(
        _ number: Int32, _ family: Int32, _ settings: ListeningSettings
    ) throws(SystemError) {
        guard family != AF_UNIX else {
            // The file is made with the rights that the socket has, so nobody gets in between bind and chmod.
            if let mode = settings.mode { try checking("fchmod") { fchmod(number, mode_t(mode)) } }
            return
        }
        // Connections have it from the socket that they came to.
        if settings.noDelay { try set(number, tcp, TCP_NODELAY, 1) }
        if settings.reusesAddress { try set(number, SOL_SOCKET, SO_REUSEADDR, 1) }
        if settings.reusesPort { try set(number, SOL_SOCKET, SO_REUSEPORT, 1) }
        if family == AF_INET6 { try set(number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, settings.isIPv6Only ? 1 : 0) }
    }

    private static func bind(_ number: Int32, to address: RawSocketName) throws(SystemError) {
        do throws(SystemError) {
            try checking("bind") { address.withPointer { bindSocket(number, $0, $1) } }
        } catch {
            guard error.code == EADDRINUSE, address.family == AF_UNIX, try SocketFile.removeIfDead(address) else {
                throw error
            }
            try checking("bind") { address.withPointer { bindSocket(number, $0, $1) } }
        }
    }

    private static func name(of number: Int32) throws(SystemError) -> RawSocketName {
        var name = RawSocketName()
        try checking("getsockname") { name.fill { getsockname(number, $0, &$1) } }
        return name
    }

    private static func set(
        _ number: Int32, _ level: Int32, _ option: Int32, _ value: Int32
    ) throws(SystemError) {
        var value = value
        try checking("setsockopt") { setsockopt(number, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) }
    }

    private static func option(_ number: Int32, _ level: Int32, _ option: Int32) throws(SystemError) -> Int32 {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        try checking("getsockopt") { getsockopt(number, level, option, &value, &length) }
        return value
    }
}

/// `bind` by another name, which a method called `bind` does not hide.
private func bindSocket(_ number: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
    bind(number, address, length)
}
