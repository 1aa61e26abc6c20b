import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("calls that wait for a slot")
    struct SlotQueueTests {
        /// A pool of two whose first slot pauses before its next process.
        private func pausing(in cluster: Cluster) async throws -> (WorkerPool<Probe>, WorkerHandle<Probe>) {
            let options = workerProgram { $0.backoff = Backoff(first: .milliseconds(400)) }
            let pool = try await cluster.start(Groups.probes, count: 2, options: options)
            return (pool, try await pool.emptySlot(0))
        }

        @Test("M-09: a thousand calls wait for a slot, one more is refused; they run in order, before any later one")
        func bound() async throws {
            try await withCluster { cluster in
                let (pool, old) = try await pausing(in: cluster)
                let slot = old.actor
                let calls = (1...Limits.slotQueue).map { number in
                    Task.immediate { try await slot.note(number, blockMicroseconds: 0) }
                }
                let refused = await failure { try await slot.nothing() }
                #expect(
                    refused as? CallError
                        == .overloaded(group: "probes/0", queued: Limits.slotQueue, limit: Limits.slotQueue))
                #expect(pool.statistics.queued == Limits.slotQueue)
                let other = try await pool.workers[1].actor.pid()
                #expect(other == pool.workers[1].pid, "another slot has a queue of its own")
                #expect(try await eventually { pool.workers[0].state == .ready })
                try await slot.note(Limits.slotQueue + 1, blockMicroseconds: 0)
                for call in calls { try await call.value }
                let noted = try await slot.noted()
                #expect(noted == [Limits.slotQueue + 1, 0])
            }
        }

        @Test("M-10: calls that wait for a worker which dies before it is online all fail when its slot is given up")
        func givenUp() async throws {
            try await withCluster { cluster in
                let starts = Lock(0)
                let options = workerProgram {
                    $0.intensity = RestartIntensity(1)
                    $0.process.perSlot = { slot, process in
                        guard slot == 0, starts.withLock({ ($0 += 1, $0).1 }) > 1 else { return }
                        (process.executable, process.arguments) = ("/bin/sh", ["-c", "sleep 0.3"])
                    }
                }
                let pool = try await cluster.start(Groups.probes, count: 2, options: options)
                let old = pool.workers[0]
                try send(SIGKILL, to: old)
                #expect(try await eventually { pool.workers[0].id != old.id })
                let calls = (0..<100).map { _ in Task.immediate { await failure { _ = try await old.actor.pid() } } }
                let routes = try #require(cluster.actorSystem.routes.pool(0))
                #expect(routes.waitingCalls == 100)
                for call in calls { #expect(await call.value as? CallError == .noWorkerAvailable(group: "probes")) }
                #expect(routes.waitingCalls == 0)
                #expect(try await pool.actor.pid() == pool.workers[1].pid)
            }
        }
    }
}
