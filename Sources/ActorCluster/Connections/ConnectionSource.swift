import Distributed
import ProcessIO

/// Where the connections of one listener come from, in a worker.
final class ConnectionSource: Sendable {
    private enum Supply: Sendable {
        /// By its number in the primary.
        case handedOver(UInt64)
        case accepts(SharedDescriptor, AwaitedDescriptor)
    }

    private let name: String
    private let limit: Int?
    private let worker: WorkerConnections
    /// Once the primary has said so, and the limit that it has set.
    private let opened = Lock<(supply: Supply, limit: Int?)?>(nil)

    init(name: String, limit: Int?, of worker: WorkerConnections) {
        (self.name, self.limit, self.worker) = (name, limit, worker)
    }

    /// The next connection; `nil`: there are none any more, or the task is cancelled.
    nonisolated(nonsending) func next() async -> Connection? {
        await worker.waitUntilReady()
        while !isOver, !worker.isDraining, !Task.isCancelled {
            guard let (supply, limit) = await supply() else {
                if !Task.isCancelled { end() }
                return nil
            }
            switch supply {
            case .handedOver(let listener):
                if let connection = await take(from: listener) { return connection }
            case .accepts(let socket, let awaited):
                if let connection = await accept(from: socket, awaited, limit) { return connection }
            }
        }
        return nil
    }

    /// This worker takes no more.
    func drain() {
        if case .accepts(_, let awaited)? = opened.withLock({ $0?.supply }) { awaited.end() }
    }

    // MARK: What there is

    private let over = Lock(false)

    private var isOver: Bool { over.withLock { $0 } }

    /// The listener is closed, or the primary gone. Another one may have its name later.
    private func end() {
        over.withLock { $0 = true }
        worker.forget(self, name)
    }

    private nonisolated(nonsending) func supply() async -> (Supply, Int?)? {
        if let opened = opened.withLock({ $0 }) { return opened }
        while let answer = await ask() {
            if let grant = answer.grant { return keep(grant) }
            guard let failure = answer.failure else { return nil }
            // Of this slot's own socket. It may be had later.
            worker.report(ClusterError.listenFailed(failure.address, call: failure.call, errno: failure.errno))
            try? await Task.sleep(for: Limits.slotSocketPause, clock: .suspending)
        }
        return nil
    }

    /// `nil`: there is nobody to ask, or no more need to.
    private nonisolated(nonsending) func ask() async -> ListenerAnswer? {
        if worker.isDraining || Task.isCancelled { return nil }
        let wish = ListenerWish(name: name, process: worker.process, limit: limit)
        return try? await Self.unlimited { try await worker.desk().open(wish) }
    }

    private func keep(_ grant: ListenerGrant) -> (Supply, Int?) {
        let supply: Supply
        if let socket = grant.descriptor?.shared {
            supply = .accepts(socket, AwaitedDescriptor(socket, loop: worker.loop))
        } else {
            supply = .handedOver(grant.listener)
        }
        let first = opened.withLock { opened in
            let first = opened ?? (supply, grant.limit)
            opened = first
            return first
        }
        if worker.isDraining { drain() }
        return first
    }

    private nonisolated(nonsending) static func unlimited<Result>(
        _ call: nonisolated(nonsending) () async throws -> Result
    ) async throws -> Result {
        try await CallScope.$current.withValue(CallScope(limit: .unlimited)) { try await call() }
    }

    // MARK: Handed over by the primary

    /// `nil`: none, for now or for good.
    private nonisolated(nonsending) func take(from listener: UInt64) async -> Connection? {
        do {
            let (desk, ended) = (try worker.desk(), worker.ended(name))
            let process = worker.process
            guard
                let handed = try await Self.unlimited({ try await desk.next(of: listener, for: process, ended: ended) })
            else {
                end()
                return nil
            }
            guard worker.beginTaking() else { return nil }
            defer { worker.endTaking() }
            // Not to be cancelled: what the primary has let go of would be lost.
            let isOurs = await Task.detached {
                try? await Self.unlimited {
                    try await desk.take(handed.number, of: listener, for: process, ended: ended)
                }
            }.value
            guard isOurs == true else { return nil }
            worker.begin(name)
            return Connection(handed.descriptor.shared, from: handed.client, of: name, worker)
        } catch CallError.malformedMessage {
            // There was no descriptor left for it. The primary will give it to somebody again.
            await pause()
        } catch CallError.workerDied, CallError.shuttingDown {
            end()
        } catch is CancellationError {
        } catch {
            await pause()
        }
        return nil
    }

    private nonisolated(nonsending) func pause() async {
        worker.pause(name)
        try? await Task.sleep(for: Limits.acceptPause, clock: .suspending)
    }

    // MARK: Accepted here

    private enum Attempt {
        case connection(Connection)
        case none
        case exhausted
        case isClosed
    }

    /// `nil`: none, for now or for good.
    private nonisolated(nonsending) func accept(
        from socket: SharedDescriptor, _ awaited: AwaitedDescriptor, _ limit: Int?
    ) async -> Connection? {
        guard worker.reserve(name, of: limit) else {
            if let limit { await worker.waitForPlace(name, of: limit) }
            return nil
        }
        switch accept(from: socket) {
        case .connection(let connection): return connection
        case .none: _ = await awaited.wait(for: .readable)
        case .exhausted: await pause()
        case .isClosed: end()
        }
        return nil
    }

    /// In the place that is reserved for it.
    private func accept(from socket: SharedDescriptor) -> Attempt {
        var isUsed = false
        defer { worker.settle(name, isUsed: isUsed) }
        guard worker.beginTaking() else { return .none }
        defer { worker.endTaking() }
        do throws(SystemError) {
            switch try ListeningSocket.accept(from: socket.number) {
            case .connection(let descriptor, let client):
                isUsed = true
                return .connection(Connection(descriptor, from: SocketAddress(client), of: name, worker))
            case .none: return .none
            case .exhausted: return .exhausted
            }
        } catch {
            // It does not listen any more.
            return .isClosed
        }
    }
}
