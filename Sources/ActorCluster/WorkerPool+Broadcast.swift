import Distributed
import ProcessIO

extension WorkerPool {
    /// Makes `call` on every worker that has been ready, at once, and returns when each has answered or failed.
    ///
    /// The calls in `call` have `timeout` in all (default 10 s), less if an enclosing limit ends before. A worker that
    /// dies meanwhile has failed at once. Workers that are ready later are not asked, nor those that leave. Nothing is
    /// thrown: `Broadcast.values()` does that.
    public func broadcast<Value: Sendable>(
        timeout: Duration = .seconds(10), _ call: @escaping @Sendable (Root) async throws -> Value
    ) async -> Broadcast<Value> {
        var scope = CallScope.current
        scope.limit = .unlimited
        scope.deadline = min(scope.deadline, MonotonicClock.now + timeout)
        let asked = listeners
        return await CallScope.$current.withValue(scope) {
            await withTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
                for (index, worker) in asked.enumerated() {
                    group.addTask {
                        do {
                            return (index, .success(try await call(worker.root)))
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

    /// The workers that take calls, suspect ones included, by slot.
    private var listeners: [(id: WorkerID, root: Root)] {
        supervisor.routes.slots.filter { $0.state == .ready || $0.state == .suspect }.map {
            ($0.worker, cluster.actorSystem.root(.incarnation($0.worker.incarnation)))
        }
    }
}
