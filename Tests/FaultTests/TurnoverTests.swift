import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("replacement for memory, age and number of calls")
    struct TurnoverTests {
        @Test(
            "S-09: a worker above its memory limit is told of once, drains, leaves with 0 and is replaced; no call fails"
        )
        func memory() async throws {
            let markers = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            try FileManager.default.createDirectory(at: markers, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: markers) }
            try await withCluster(bystander: true) { cluster in
                let options = workerProgram {
                    $0.limits.memory = 200 << 20
                    $0.health.memoryEvery = .milliseconds(TestLength.isLong ? 500 : 100)
                    $0.process.environment[Markers.variable] = markers.path
                }
                let pool = try await cluster.start(Groups.probes, count: 2, options: options)
                let (worker, other) = (pool.workers[0], pool.workers[1])
                let witness = Witness(pool.events)
                let actor = worker.actor
                let running = (1...2).map { number in
                    Task { try await actor.echo(number, afterMilliseconds: TestLength.isLong ? 1_000 : 300) }
                }
                let time = try await elapsed {
                    try await actor.grow(megabytes: 300)
                    let load = try await Load(on: pool.actor)
                    _ = try await pool.replacement(of: worker)
                    _ = try await load.stop()
                }
                #expect(time < .seconds(4) * TestLength.patience)
                for (index, call) in running.enumerated() { #expect(try await call.value == index + 1) }
                let kinds = witness.kinds(of: worker.id)
                guard case .overMemory(let bytes, 200 << 20)? = kinds.first else { return unexpected(nil, "\(kinds)") }
                #expect(bytes > 200 << 20 && bytes < 400 << 20)
                #expect(kinds.count { $0.isOverMemory } == 1)
                #expect(kinds.compactMap(\.exitStatus).first == .code(0))
                #expect(Processes.entries(of: markers.path).contains("shutdown-0"))
                #expect(pool.workers[1].id == other.id)
            }
        }

        @Test(
            "all workers of a pool reach their number of calls at once and are replaced one after another; no call fails"
        )
        func calls() async throws {
            try await withCluster { cluster in
                let options = workerProgram {
                    $0.limits.calls = 100
                    $0.health = HealthPolicy(every: .milliseconds(50))
                }
                try await Self.expectTurnover(of: cluster.start(Groups.probes, count: 3, options: options), rounds: 2)
            }
        }

        @Test("all workers of a pool grow old and are replaced one after another; no call fails")
        func age() async throws {
            try await withCluster { cluster in
                let options = workerProgram { $0.limits.age = .seconds(1) }
                let pool = try await cluster.start(Groups.probes, count: 3, options: options)
                try await Self.expectTurnover(of: pool, rounds: 1)
            }
        }

        /// Under load each slot gets so many new processes, while all others are ready.
        private static func expectTurnover(of pool: WorkerPool<Probe>, rounds: Int) async throws {
            let slots = pool.workers.indices
            let witness = Witness(pool.events)
            let load = try await Load(on: pool.actor)
            let isDone = try await eventually(within: .seconds(30)) {
                let ready = witness.events.filter { $0.event.kind == .ready }.compactMap { $0.event.worker?.slot }
                return slots.allSatisfy { slot in ready.count { $0 == slot } >= rounds }
            }
            #expect(isDone)
            _ = try await load.stop()
            var away: Set<Int> = []
            for event in witness.events.map(\.event) {
                guard let slot = event.worker?.slot else { continue }
                if event.kind.isDisconnected { away.insert(slot) }
                if event.kind == .ready { away.remove(slot) }
                if let status = event.kind.exitStatus { #expect(status == .code(0)) }
                #expect(away.count <= 1, "\(away) were away together")
            }
        }

        @Test("limits that cannot work are refused when the pool is started")
        func refused() async throws {
            try await withCluster { cluster in
                for change in [{ $0.limits.calls = 0 }, { $0.health.every = .zero }] as [(inout PoolOptions) -> Void] {
                    let error = await failure {
                        _ = try await cluster.start(Groups.probes, count: 1, options: workerProgram(change))
                    }
                    guard case ClusterError.invalidOption? = error else { return unexpected(error) }
                }
            }
        }
    }
}
