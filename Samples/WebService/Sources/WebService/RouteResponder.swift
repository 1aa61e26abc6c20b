import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension HTTP1Channel {
    /// Answers by these routes on whatever connection it is given, as a Hummingbird application does on those that it
    /// has accepted itself.
    init(_ routes: Router<BasicRequestContext>, _ connections: OpenConnections) {
        let responder = routes.buildResponder()
        let date = HTTPDate()
        let configuration = Configuration(additionalChannelHandlers: [ConnectionCloser(connections)])
        self.init(
            responder: { request, writer, channel in
                var logger = Logger.quiet
                logger[metadataKey: "hb.request.id"] = .stringConvertible(RequestID())
                let source = ApplicationRequestContextSource(channel: channel, logger: logger)
                var response: Response
                do {
                    response = try await responder.respond(to: request, context: BasicRequestContext(source: source))
                } catch let error as HTTPParserError {
                    throw error
                } catch {
                    Logger.service.error("\(request.uri.path): \(error)")
                    response = Response(status: .internalServerError)
                }
                response.headers[.date] = date.now
                do {
                    try await writer.write(response: response.head, body: response.body)
                } catch is HTTPParserError {
                    // Passed on as it is, it would be answered with a second response.
                    throw ChannelError.eof
                }
            }, configuration: configuration)
    }
}

extension Logger {
    /// For what an operator has to know.
    static let service = Logger(label: "WebService")

    /// For Hummingbird.
    static let quiet = {
        var logger = Logger(label: "WebService")
        logger.logLevel = .critical
        return logger
    }()
}

/// The date as HTTP wants it, put into words once a second.
final class HTTPDate: Sendable {
    private let last = Mutex((second: 0, text: ""))

    var now: String {
        let second = time(nil)
        return last.withLock { last in
            if last.second != second { last = (second, Self.text(second)) }
            return last.text
        }
    }

    static func text(_ second: Int) -> String {
        var second = second
        var parts = tm()
        gmtime_r(&second, &parts)
        var bytes = [CChar](repeating: 0, count: 64)
        let count = strftime(&bytes, bytes.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
        return String(decoding: bytes.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
