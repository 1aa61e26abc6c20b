import Glibc

/// One GET request on a connection of its own, which is sent when this is made and read when it is asked for. So a
/// test knows what has been sent, and decides when a connection is closed.
final class HTTPRequest {
    struct Answer {
        let status: Int?
        let text: String
    }

    enum Failure: Error {
        case noConnection(port: Int, errno: Int32)
    }

    private let socket: Int32

    init(_ path: String, port: Int) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        let lines = Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".utf8)
        guard connected == 0, send(socket, lines, lines.count, Int32(MSG_NOSIGNAL)) == lines.count else {
            throw Failure.noConnection(port: port, errno: errno)
        }
    }

    deinit { close(socket) }

    /// All that comes until the service closes the connection.
    func answer() -> Answer {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            if count <= 0 { break }
            bytes += buffer.prefix(count)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let words = text.prefix { !$0.isNewline }.split(separator: " ")
        return Answer(status: words.count > 1 ? Int(words[1]) : nil, text: text)
    }
}
