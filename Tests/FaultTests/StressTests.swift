import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension ProcessTests {
    @Suite("many calls, many deaths")
    struct Stress {
        private static let isLong = ProcessInfo.processInfo.environment["LONG_TESTS"] == "1"

        @Test(
            "E2: of 10,000 calls at once 3,000 are cancelled at any moment: each ends once, nothing is left on either side"
        )
        func cancellations() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 2, options: workerProgram())
                var random = SeededGenerator(seed: 42)
                var returned = 0
                var cancelled = 0
                for _ in 0..<10 {
                    let calls = (0..<1_000).map { number in
                        let pause = Int.random(in: 0...3, using: &random)
                        return Task { try await pool.actor.echo(number, afterMilliseconds: pause) }
                    }
                    for number in (0..<1_000).shuffled(using: &random).prefix(300) {
                        calls[number].cancel()
                        await Task.yield()
                    }
                    for (number, call) in calls.enumerated() {
                        switch await call.result {
                        case .success(let answer):
                            #expect(answer == number)
                            returned += 1
                        case .failure(let error):
                            #expect(error is CancellationError)
                            cancelled += 1
                        }
                    }
                }
                #expect(returned + cancelled == 10_000)
                #expect(cancelled > 0 && cancelled <= 3_000)
                #expect(cluster.actorSystem.pendingCalls == 0)
                for worker in pool.workers {
                    let peer = try #require(cluster.actorSystem.routes.peer(worker.id.incarnation))
                    let isIdle = try await eventually(within: .seconds(5) * TestLength.patience) {
                        try await worker.healthCheck().callsInFlight == 0
                    }
                    #expect(isIdle, "\(worker.id) still has calls")
                    #expect(peer.counts().inFlight == 0)
                }
            }
        }

        @Test("H7: descriptors, threads and memory of the primary level off over many restarts", .quiet())
        func restarts() async throws {
            let rounds = Self.isLong ? 1_000 : 50
            try await withCluster { cluster in
                let options = workerProgram {
                    $0.backoff = .none
                    $0.intensity = .unlimited
                }
                let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                var start: Footprint?
                for round in 0..<rounds {
                    let worker = pool.workers[0]
                    try send(SIGKILL, to: worker)
                    let new = try await pool.replacement(of: worker)
                    #expect(try await new.incarnation.echo(round, afterMilliseconds: 0) == round)
                    if round == rounds / 10 { start = Footprint() }
                }
                let (first, last) = (try #require(start), Footprint())
                print("H7: \(rounds) restarts: \(first) … \(last)")
                #expect(last.workerDescriptors <= first.workerDescriptors + 2)
                #expect(last.threads <= first.threads + 4)
                #expect(last.memory < first.memory + 5 << 20 * TestLength.patience)
            }
        }

        @Test(
            "H8: memory of primary and worker and the actor table level off over many calls and many actors", .quiet())
        func calls() async throws {
            let (calls, actors) = Self.isLong ? (200_000, 100_000) : (20_000, 2_000)
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let worker = pool.workers[0].incarnation
                let table = try await worker.actorCount()
                try await worker.makeAndRelease(count: actors)
                #expect(try await worker.actorCount() == table)
                try await Self.echo(calls / 10, on: worker)
                let (first, workerFirst) = (Footprint(), try await pool.workers[0].healthCheck().residentMemory)
                try await Self.echo(calls, on: worker)
                let (last, workerLast) = (Footprint(), try await pool.workers[0].healthCheck().residentMemory)
                print("H8: \(calls) calls: \(first) … \(last); worker \(workerFirst >> 10) … \(workerLast >> 10) KiB")
                #expect(last.memory < first.memory + 5 << 20 * TestLength.patience)
                #expect(workerLast < workerFirst + 5 << 20 * TestLength.patience)
            }
        }

        private static func echo(_ count: Int, on worker: Probe) async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<16 {
                    group.addTask { for _ in 0..<count / 16 { _ = try await worker.echo("sixteen bytes...") } }
                }
                try await group.waitForAll()
            }
        }
    }

    /// What this process takes from the system.
    private struct Footprint: CustomStringConvertible {
        let workerDescriptors = Processes.workerDescriptors()
        let threads = Processes.entries(of: "/proc/self/task").count
        let memory = residentMemory()

        var description: String {
            "\(workerDescriptors) sockets, pipes and pidfds, \(threads) threads, \(memory >> 10) KiB"
        }
    }
}
