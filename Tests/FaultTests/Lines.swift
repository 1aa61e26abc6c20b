import ActorClusterTesting
import ProcessIO
import Testing

/// What a process writes to its descriptor 3, line by line.
final class Lines: Sendable {
    private let socket: Socket
    private let text = Lock("")

    init(_ socket: Socket) { self.socket = socket }

    /// The next line, without its end.
    func next() async throws -> String {
        let isThere = try await eventually(within: .seconds(20)) {
            if self.text.withLock({ $0.contains("\n") }) { return true }
            var buffer = [UInt8](repeating: 0, count: 256)
            let transfer = buffer.withUnsafeMutableBytes { try? self.socket.read(into: $0) }
            guard case .moved(let count)? = transfer else { return false }
            return self.text.withLock { text in
                text += String(decoding: buffer[..<count], as: UTF8.self)
                return text.contains("\n")
            }
        }
        try #require(isThere, "no line, only \(text.withLock { $0 })")
        return text.withLock { text in
            let line = String(text.prefix { $0 != "\n" })
            text.removeFirst(line.count + 1)
            return line
        }
    }
}
