#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The file that a Unix socket has for its name.
struct SocketFile: Sendable {
    private let path: String
    private let device: UInt64
    private let number: UInt64

    /// Of a socket that has just been bound; `nil`: its name is no file.
    init?(of address: RawSocketName, mode: UInt32?) throws(SystemError) {
        guard case .unix(let path) = address.name else { return nil }
        self.path = path
        // What the process's mask has taken away.
        if let mode { try checking("chmod") { chmod(path, mode_t(mode)) } }
        var facts = stat()
        try checking("lstat") { lstat(path, &facts) }
        (device, number) = (UInt64(facts.st_dev), UInt64(facts.st_ino))
    }

    /// Leaves alone what somebody else has put in its place.
    func remove() {
        var facts = stat()
        guard lstat(path, &facts) == 0, UInt64(facts.st_dev) == device, UInt64(facts.st_ino) == number else { return }
        unlink(path)
    }

    /// Removes the socket of a server that is no more. False: somebody listens there, or it is no socket.
    static func removeIfDead(_ address: RawSocketName) throws(SystemError) -> Bool {
        guard case .unix(let path) = address.name else { return false }
        var facts = stat()
        guard lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFSOCK else { return false }
        #if canImport(Glibc)
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        #else
        let type = SOCK_STREAM
        #endif
        let probe = FileDescriptor(owning: try checking("socket") { socket(AF_UNIX, type, 0) })
        let result = address.withPointer { connect(probe.number, $0, $1) }
        guard result != 0, errno == ECONNREFUSED else { return false }
        return unlink(path) == 0
    }
}
