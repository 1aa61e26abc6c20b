import ProcessIO
import Synchronization

/// A connection that this worker has taken. It is closed by `close`, or when nobody holds it any more.
///
/// It counts as active until then (`WorkerStatistics.connections`), and a worker that is to leave waits for it, within
/// `WorkerTimeouts.drain`, unless its descriptor was taken.
public final class Connection: Sendable {
    /// Where the client is.
    public let client: SocketAddress
    /// The name of the listener that it came to.
    public let listener: String

    private enum Phase: UInt8, AtomicRepresentable {
        case ours
        case taken
        case closed
    }

    private let socket: SharedDescriptor
    private let awaited: AwaitedDescriptor
    private let worker: WorkerConnections
    private let number: UInt64
    private let phase = Atomic(Phase.ours)
    /// Until then a client that has sent nothing yet may be about to.
    private let firstBytes = MonotonicClock.now + Limits.firstBytes
    private let hasSpoken = Atomic(false)

    init(_ socket: SharedDescriptor, from client: SocketAddress, of listener: String, _ worker: WorkerConnections) {
        (self.socket, self.client, self.listener, self.worker) = (socket, client, listener, worker)
        awaited = AwaitedDescriptor(socket, loop: worker.loop)
        number = worker.opened(awaited)
    }

    deinit { close() }

    /// The socket, non-blocking, for system calls while this connection is held; -1: it was taken or is closed.
    public var descriptor: Int32 { socket.number }

    /// Gives the socket away, to SwiftNIO say: whoever has it closes it. The connection counts as active until `close` is
    /// called or nobody holds it, but no longer keeps the worker from leaving. Not while a task reads or writes here. `nil`:
    /// it was taken before, or is closed.
    public func take() -> Int32? {
        guard phase.compareExchange(expected: .ours, desired: .taken, ordering: .acquiringAndReleasing).exchanged else {
            return nil
        }
        worker.closed(number)
        return socket.take()?.release()
    }

    /// Ends the connection; reading and writing fail then. Once it was taken this only says that it is over. A second time it does
    /// nothing.
    public func close() {
        let old = phase.exchange(.closed, ordering: .acquiringAndReleasing)
        guard old != .closed else { return }
        // Whoever waits for it is watched by its number, so it is closed after that.
        let socket = socket
        awaited.end { _ = socket.take() }
        worker.end(listener)
        if old == .ours { worker.closed(number) }
    }
}

extension Connection {
    /// The next bytes, as soon as there are some, at most so many; empty: the client sends no more.
    ///
    /// `stopsAtDrain`: also empty when nothing has come and this worker is to leave. So a connection between two requests ends
    /// at once then, and one inside a request does not; one on which nothing has come yet has a second from when it was taken,
    /// since its client may be about to send. Throws `ConnectionError` and `CancellationError`.
    public func read(upTo most: Int = 65_536, stopsAtDrain: Bool = false) async throws -> [UInt8] {
        while true {
            do throws(SystemError) {
                if let bytes = try socket.receive(upTo: Swift.max(1, most)) {
                    hasSpoken.store(true, ordering: .relaxed)
                    return bytes
                }
            } catch {
                throw ConnectionError(error)
            }
            guard stopsAtDrain, worker.isDraining else {
                try await wait(for: .readable, isInterruptible: stopsAtDrain)
                continue
            }
            if hasSpoken.load(ordering: .relaxed) || firstBytes <= MonotonicClock.now { return [] }
            try await wait(for: .readable, until: firstBytes)
        }
    }

    /// Writes all of the bytes, at the client's speed. One task at a time. Throws `ConnectionError` and `CancellationError`; some of
    /// the bytes may have been written then.
    public func write(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count: Int
            do throws(SystemError) {
                count = try socket.send(rest)
            } catch {
                throw ConnectionError(error)
            }
            rest = rest.dropFirst(count)
            if count == 0 { try await wait(for: .writable) }
        }
    }

    private func wait(
        for interest: Interest, isInterruptible: Bool = false, until moment: Instant? = nil
    ) async throws {
        if await awaited.wait(for: interest, isInterruptible: isInterruptible, until: moment) { return }
        try Task.checkCancellation()
    }
}

/// A connection that cannot be read from or written to any more: the client is gone, or it was closed or taken here.
public struct ConnectionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system call that failed, and its `errno`: ECONNRESET or EPIPE when the client is gone, EBADF when it was closed or
    /// taken here.
    public let call: String
    /// See `call`.
    public let errno: Int32

    init(_ error: SystemError) { (call, errno) = (error.call, error.code) }

    /// What failed, and why.
    public var description: String { "a connection: \(SystemError(call: call, code: errno))" }
}

/// A connection that is counted and nothing else: for those who serve a listener's descriptor by themselves.
public final class CountedConnection: Sendable {
    private let listener: String
    private let worker: WorkerConnections
    private let isOver = Atomic(false)

    init(_ listener: String, _ worker: WorkerConnections) {
        (self.listener, self.worker) = (listener, worker)
        worker.begin(listener)
    }

    deinit { end() }

    /// Ends the count. Releasing this object does the same.
    public func end() {
        if !isOver.exchange(true, ordering: .relaxed) { worker.end(listener) }
    }
}
