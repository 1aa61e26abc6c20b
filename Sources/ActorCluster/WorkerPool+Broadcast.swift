import Distributed
import ProcessIO

extension WorkerPool {
    /// Makes `call` on every worker that has been ready, at once, and returns when each has answered or failed.
    ///
    /// The calls in `call` have `timeout` in all (default 10 s), less if an enclosing limit ends before. A worker that
    /// dies meanwhile has failed at once. Workers that are ready later are not asked, nor those that leave. Nothing is
    /// thrown: `Broadcast.values()` does that.
    @inlinable
    public func broadcast<Value: Sendable>(
        timeout: Duration = .seconds(10), _ call: @escaping @Sendable (Root) async throws -> Value
    ) async -> Broadcast<Value> {
        await ask(listeners, timeout, call)
    }

    /// The same on the workers of some slots: each once, in this order.
    ///
    /// A worker that is not ready is waited for, as by `WorkerHandle.actor`, within `timeout`; a slot that the pool does not
    /// have has failed with `CallError.targetMissing`, and the others are asked all the same.
    @inlinable
    public func broadcast<Value: Sendable>(
        to slots: some Sequence<Int>, timeout: Duration = .seconds(10),
        _ call: @escaping @Sendable (Root) async throws -> Value
    ) async -> Broadcast<Value> {
        await ask(listeners(in: slots), timeout, call)
    }

    @usableFromInline
    func listeners(in slots: some Sequence<Int>) -> [Listener] {
        let there = supervisor.routes.slots
        var asked: [Listener] = []
        for slot in slots where !asked.contains(where: { $0.id.slot == slot }) {
            if there.indices.contains(slot) {
                let scope = ActorID.Scope.slot(pool: supervisor.number, slot: UInt32(slot))
                asked.append((there[slot].worker, cluster.actorSystem.root(scope)))
            } else {
                asked.append((WorkerID(group: supervisor.group, slot: slot, incarnation: 0), nil))
            }
        }
        return asked
    }

    /// Without a root actor there is nobody to ask.
    @usableFromInline typealias Listener = (id: WorkerID, root: Root?)

    // Inlined, because a caller that knows the value's type needs no look-up of types for each answer.
    @inlinable
    func ask<Value: Sendable>(
        _ asked: [Listener], _ timeout: Duration, _ call: @escaping @Sendable (Root) async throws -> Value
    ) async -> Broadcast<Value> {
        await within(timeout) {
            await withTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
                for (index, worker) in asked.enumerated() {
                    group.addTask {
                        do {
                            guard let root = worker.root else { throw CallError.noSlot(worker.id) }
                            return (index, .success(try await call(root)))
                        } catch {
                            return (index, .failure(error))
                        }
                    }
                }
                var results: [Result<Value, any Error>?] = asked.map { _ in nil }
                for await (index, result) in group { results[index] = result }
                return Broadcast(
                    results: zip(asked, results).map { ($0.id, $1 ?? .failure(CancellationError())) })
            }
        }
    }

    /// One limit for all calls in `body`, each of which has none of its own.
    @usableFromInline
    func within<Result>(_ timeout: Duration, _ body: () async -> Result) async -> Result {
        var scope = CallScope.current
        scope.limit = .unlimited
        scope.deadline = min(scope.deadline, MonotonicClock.now + timeout)
        return await CallScope.$current.withValue(scope) { await body() }
    }

    /// The workers that take calls, suspect ones included, by slot.
    @usableFromInline
    var listeners: [Listener] {
        supervisor.routes.slots.filter { $0.state == .ready || $0.state == .suspect }.map {
            ($0.worker, cluster.actorSystem.root(.incarnation($0.worker.incarnation)))
        }
    }
}

extension CallError {
    @usableFromInline
    static func noSlot(_ worker: WorkerID) -> CallError {
        .targetMissing("\(worker.group) has no slot \(worker.slot)")
    }
}
