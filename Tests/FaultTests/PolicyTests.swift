import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension ProcessTests {
    @Suite("policies")
    struct Policies {
        @Test("S-04: a slot that crashes again and again is started 11 times in all; the other slots are untouched")
        func intensity() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(
                    Groups.probes, count: 3, options: workerProgram { $0.backoff = .none })
                let events = pool.events.makeAsyncIterator()
                let old = pool.workers
                for _ in 0...10 {
                    let worker = pool.workers[1]
                    try send(SIGKILL, to: worker)
                    #expect(try await eventually { worker.state == .exited })
                    _ = await failure { try await worker.actor.nothing() }
                }
                let gone = await failure { try await old[1].actor.nothing() }
                #expect(gone as? CallError == .noWorkerAvailable(group: "probes"))
                var (starts, gaveUps) = (1, 0)
                while gaveUps == 0, let event = await events.next() {
                    if case .spawned = event.kind { starts += 1 }
                    if case .gaveUp = event.kind { gaveUps += 1 }
                    #expect(event.worker?.slot == 1)
                }
                #expect(starts == 11)
                #expect(pool.workers[0].id == old[0].id && pool.workers[2].id == old[2].id)
            }
        }

        @Test("G5: many workers die at one moment: all slots come back, and never more start at once than processors")
        func allAtOnce() async throws {
            let count = TestLength.rounds(16, long: 64)
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: count, options: workerProgram())
                let events = pool.events.makeAsyncIterator()
                let old = pool.workers
                for worker in old { try send(SIGKILL, to: worker) }
                for worker in old { _ = try await pool.replacement(of: worker) }
                var (starting, most, ready) = (Set<WorkerID>(), 0, 0)
                while ready < count, let event = await events.next() {
                    guard let worker = event.worker else { continue }
                    switch event.kind {
                    case .spawned: starting.insert(worker)
                    case .online: starting.remove(worker)
                    case .ready: ready += 1
                    case .gaveUp: Issue.record("\(event)")
                    default: break
                    }
                    most = max(most, starting.count)
                }
                #expect((1...availableProcessors).contains(most))
            }
        }
    }
}
