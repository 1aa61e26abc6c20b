import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes a connection as its `ConnectionLife` decides. In the pipeline between HTTP's codec and Hummingbird.
final class ConnectionCloser: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let connections: OpenConnections
    private var life = ConnectionLife()

    init(_ connections: OpenConnections) { self.connections = connections }

    func handlerAdded(context: ChannelHandlerContext) {
        if connections.isDraining { perform(life.drain(), context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is OpenConnections.WorkerLeaves else { return context.fireUserInboundEventTriggered(event) }
        perform(life.drain(), context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head = unwrapInboundIn(data) { life.requestBegan() }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.kind != .informational && life.responseBegan():
            head.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            let action = life.responseEnded()
            guard action == .close else {
                context.write(data, promise: promise)
                return perform(action, context)
            }
            // All of it has to leave first.
            let written = promise ?? context.eventLoop.makePromise()
            written.futureResult.whenComplete { [channel = context.channel] _ in channel.close(promise: nil) }
            context.writeAndFlush(data, promise: written)
        default: context.write(data, promise: promise)
        }
    }

    private func perform(_ action: ConnectionLife.Action?, _ context: ChannelHandlerContext) {
        switch action {
        case .wait(let time):
            context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) {
                self.perform(self.life.waited(), context)
            }
        case .close: context.close(promise: nil)
        case nil: break
        }
    }
}
