package import ActorCluster
import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A client of a listener, which blocks its thread, for 20 s at most.
package final class Client: Sendable {
    /// What went wrong, with the number of the error; 0: the server has ended the connection.
    package struct Failure: Error, Equatable {
        package let call: String
        package let errno: Int32

        package init(call: String, errno: Int32) { (self.call, self.errno) = (call, errno) }
    }

    private let socket: FileDescriptor

    /// Connects.
    package init(to address: SocketAddress) throws {
        let name: RawSocketName?
        switch address {
        case .tcp(let host, let port): name = HostLookup.address(ofNumber: host, port: port)
        case .unix(let path): name = RawSocketName(path: path)
        case .inherited: name = nil
        }
        guard let name else { throw Failure(call: "\(address)", errno: EINVAL) }
        #if canImport(Glibc)
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        #else
        let type = SOCK_STREAM
        #endif
        let number = openSocket(name.family, type, 0)
        guard number >= 0 else { throw Failure(call: "socket", errno: errno) }
        socket = FileDescriptor(owning: number)
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard name.withPointer({ connect(number, $0, $1) }) == 0 else { throw Failure(call: "connect", errno: errno) }
    }

    /// Sends a line.
    package func say(_ line: String) throws {
        let bytes = Array("\(line)\n".utf8)
        guard send(socket.number, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw Failure(call: "send", errno: errno)
        }
    }

    /// The next line that comes.
    package func hear() throws -> String {
        var line: [UInt8] = []
        while true {
            var byte: UInt8 = 0
            let count = recv(socket.number, &byte, 1, 0)
            guard count == 1 else { throw Failure(call: "recv", errno: count == 0 ? 0 : errno) }
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
    }

    /// Whether the server ends the connection, with nothing more to say.
    package func isEnded() -> Bool {
        var byte: UInt8 = 0
        let count = recv(socket.number, &byte, 1, 0)
        return count == 0 || count < 0 && errno == ECONNRESET
    }

    /// Sends a line and returns the answer.
    package func ask(_ line: String) throws -> String {
        try say(line)
        return try hear()
    }

    /// Its own address as the server sees it.
    package var ownAddress: SocketAddress {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket.number, $0, &length) }
        }
        return .tcp(host: "127.0.0.1", port: Int(UInt16(bigEndian: address.sin_port)))
    }

    /// Connects, asks one question and closes.
    package static func ask(_ line: String, at address: SocketAddress) throws -> String {
        try Client(to: address).ask(line)
    }
}

/// `socket` by another name, which a property called `socket` does not hide.
private func openSocket(_ family: Int32, _ type: Int32, _ number: Int32) -> Int32 { socket(family, type, number) }
