import Glibc

/// One GET request on a connection of its own, which is sent when this is made and read when it is asked for. So a
/// test knows what has been sent, and decides when a connection is closed.
final class HTTPRequest {
    struct Answer {
        let status: Int?
        let text: String

        /// What follows the head, without its line feed.
        var body: String? {
            text.split(separator: "\r\n\r\n").dropFirst().first?.split(separator: "\n").first.map(String.init)
        }
    }

    enum Failure: Error {
        case noConnection(port: Int, errno: Int32)
    }

    private let socket: Int32

    /// `keepsAlive`: the service does not close the connection after its answer.
    init(_ path: String, port: Int, keepsAlive: Bool = false) throws {
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
        let lines = Self.lines(path, keepsAlive: keepsAlive)
        guard connected == 0, send(socket, lines, lines.count, Int32(MSG_NOSIGNAL)) == lines.count else {
            throw Failure.noConnection(port: port, errno: errno)
        }
    }

    deinit { close(socket) }

    /// Another request on the same connection; whether it could be sent.
    func sendNext(_ path: String) -> Bool {
        let lines = Self.lines(path, keepsAlive: true)
        return send(socket, lines, lines.count, Int32(MSG_NOSIGNAL)) == lines.count
    }

    private static func lines(_ path: String, keepsAlive: Bool) -> [UInt8] {
        let connection = keepsAlive ? "keep-alive" : "close"
        return Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: \(connection)\r\n\r\n".utf8)
    }

    /// All that comes until the service closes the connection; `upTo`: or until this has come.
    func answer(upTo last: String? = nil) -> Answer {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            if count <= 0 { break }
            bytes += buffer.prefix(count)
            if let last, String(decoding: bytes, as: UTF8.self).hasSuffix(last) { break }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let words = text.prefix { !$0.isNewline }.split(separator: " ")
        return Answer(status: words.count > 1 ? Int(words[1]) : nil, text: text)
    }
}
