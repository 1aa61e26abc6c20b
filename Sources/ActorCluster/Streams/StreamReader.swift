import ProcessIO

/// A stream whose source is pulled through its actor, mostly in another process. It is read once; the source is told
/// when nobody here will.
final class StreamReader: Sendable {
    private enum Use: Sendable { case none, read, passedOn, ended }

    let source: StreamSource
    let system: ClusterActorSystem
    private let consumer: StreamConsumer
    private let use = Lock(Use.none)

    init(_ source: StreamSource, _ system: ClusterActorSystem) {
        (self.source, self.system) = (source, system)
        let process = ActorID.Scope.incarnation(system.identity.incarnation)
        consumer = StreamConsumer(process: process.word, number: system.streams.newConsumer())
    }

    deinit { end() }

    /// Somebody else will read it.
    func passOn() { use.withLock { if $0 == .none { $0 = .passedOn } } }

    /// False: somebody does already.
    func begin() -> Bool {
        use.withLock { use in
            guard use == .none || use == .passedOn else { return false }
            use = .read
            return true
        }
    }

    /// Nobody here pulls any more.
    func end() {
        let mustTell = use.withLock { use in
            defer { use = .ended }
            return use == .none || use == .read
        }
        guard mustTell else { return }
        let (source, consumer) = (source, consumer)
        Task.detached {
            try? await CallScope.$current.withValue(.ofStreams) { try await source.close(for: consumer) }
        }
    }

    /// It has given its last element.
    func wasLast() { use.withLock { $0 = .ended } }

    /// Asks for more; `used`: since the beginning.
    func pull(used: UInt64) -> Task<StreamBatch, any Error> {
        let (source, consumer) = (source, consumer)
        return Task {
            try await CallScope.$current.withValue(.ofStreams) { try await source.next(used: used, for: consumer) }
        }
    }

    /// Why a pull failed: of a process that is gone since, its end.
    nonisolated(nonsending) func reason(_ error: any Error, hasPulled: Bool) async -> any Error {
        guard case CallError.targetMissing? = error as? CallError, !system.isHere(source.id.scope),
            hasPulled || system.routes.isGone(source.id.scope),
            let end = await system.waitForEnd(of: source.id.scope), let worker = end.worker
        else { return error }
        return CallError.workerDied(worker, end.status, .maybeExecuted)
    }
}

extension CallScope {
    /// Of pulls: they wait for as long as the source takes, and a worker that drains finishes its streams.
    fileprivate static var ofStreams: CallScope {
        var scope = unlimited
        scope.isInsideCall = true
        return scope
    }
}
