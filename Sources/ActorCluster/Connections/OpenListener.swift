import ProcessIO

/// A listener as the primary has it.
final class OpenListener: Sendable {
    /// Where connections come from, and who accepts them.
    enum Source: Sendable {
        /// All workers, at one socket.
        case shared(ListeningSocket)
        /// Each at a socket of its slot.
        case slots(SlotSockets)
        /// The primary.
        case handedOver(ListeningSocket, isByLoad: Bool)
    }

    let name: String
    let pool: UInt32
    let address: SocketAddress
    /// Connections that a worker has at once.
    let limit: Int?
    private let source: Source
    /// If the primary accepts.
    let handOver: ConnectionHandOver?

    init(name: String, pool: UInt32, _ source: Source, limit: Int?, loop: EventLoop) {
        (self.name, self.pool, self.limit, self.source) = (name, pool, limit, source)
        switch source {
        case .shared(let socket):
            (address, handOver) = (SocketAddress(socket.name), nil)
        case .slots(let sockets):
            (address, handOver) = (SocketAddress(sockets.name), nil)
        case .handedOver(let socket, let isByLoad):
            address = SocketAddress(socket.name)
            handOver = ConnectionHandOver(socket, isByLoad: isByLoad, loop: loop)
        }
    }

    /// For the worker that accepts by itself; `nil`: none does.
    func descriptor(forSlot slot: Int) throws(SystemError) -> SharedDescriptor? {
        switch source {
        case .shared(let socket): socket.descriptor
        case .slots(let sockets): try sockets.socket(for: slot).descriptor
        case .handedOver: nil
        }
    }

    func slotIsOver(_ slot: Int) { if case .slots(let sockets) = source { sockets.close(slot) } }

    /// `hard`: also for those who have its descriptor.
    func close(hard: Bool) {
        handOver?.close()
        switch source {
        case .shared(let socket), .handedOver(let socket, _): socket.close(hard: hard)
        case .slots(let sockets): sockets.close(hard: hard)
        }
    }
}

/// Sockets on one port, of which each slot of a pool has its own.
final class SlotSockets: Sendable {
    private struct State {
        var sockets: [Int: ListeningSocket] = [:]
        /// While no slot has one: the port is the pool's. It goes to whichever slot asks first, with the clients that have
        /// come to it, since beside another one it would go on getting clients that nobody accepts.
        var spare: ListeningSocket?

        mutating func take(_ slot: Int) -> ListeningSocket? {
            guard let socket = sockets[slot] ?? spare else { return nil }
            (sockets[slot], spare) = (socket, nil)
            return socket
        }
    }

    let name: SocketName
    private let address: RawSocketName
    private let settings: ListeningSettings
    private let state: Lock<State>

    /// One socket is there from the beginning, so that the port is known and had.
    init(_ address: RawSocketName, _ settings: ListeningSettings) throws(SystemError) {
        var settings = settings
        settings.reusesPort = true
        let first = try ListeningSocket(address, settings)
        (name, self.address, self.settings) = (first.name, first.address, settings)
        state = Lock(State(spare: first))
    }

    /// The slot's, made when it is first asked for.
    func socket(for slot: Int) throws(SystemError) -> ListeningSocket {
        if let socket = state.withLock({ $0.take(slot) }) { return socket }
        let made = try ListeningSocket(address, settings)
        return state.withLock { state in
            let socket = state.take(slot) ?? made
            state.sockets[slot] = socket
            return socket
        }
    }

    /// The slot has no worker any more, so clients are to come to others. The last one stays.
    func close(_ slot: Int) {
        let closed = state.withLock { state -> ListeningSocket? in
            guard let socket = state.sockets.removeValue(forKey: slot) else { return nil }
            guard state.sockets.isEmpty else { return socket }
            state.spare = socket
            return nil
        }
        closed?.close(hard: true)
    }

    func close(hard: Bool) {
        let all = state.withLock { state in
            defer { state = State() }
            return Array(state.sockets.values) + [state.spare].compactMap { $0 }
        }
        for socket in all { socket.close(hard: hard) }
    }
}
