import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("policies")
    struct Policies {
        /// By slot: how its worker ends.
        private enum End: Int, CaseIterable {
            case exit0, exit1, killed, permanent, requested, operatorTerminates
        }

        private static let restarted: [RestartPolicy: Set<End>] = [
            .always: [.exit0, .exit1, .killed], .onFailure: [.exit1, .killed], .never: [],
        ]

        @Test(
            "G4, S-03, A10: three policies and six ends, with real processes: the last three ends never restart",
            arguments: [RestartPolicy.always, .onFailure, .never])
        func grid(policy: RestartPolicy) async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(
                    Groups.probes, count: End.allCases.count,
                    options: workerProgram {
                        $0.restart = policy
                        // Where nothing is restarted, exit code 125 alone is the pool's end.
                        $0.optional = true
                    })
                let old = pool.workers
                for end in End.allCases {
                    let worker = old[end.rawValue]
                    switch end {
                    case .exit0: _ = await failure { try await worker.actor.exit(code: 0) }
                    case .exit1: _ = await failure { try await worker.actor.exit(code: 1) }
                    case .killed: try send(SIGKILL, to: worker)
                    case .permanent: _ = await failure { try await worker.actor.exit(code: 125) }
                    case .requested: await worker.stop()
                    case .operatorTerminates: try send(SIGTERM, to: worker)
                    }
                }
                #expect(try await eventually { old.allSatisfy { $0.state == .exited } })
                for end in Self.restarted[policy] ?? [] { _ = try await pool.replacement(of: old[end.rawValue]) }
                // What is not restarted at once is not restarted at all: the first restart has no pause.
                for end in End.allCases where Self.restarted[policy]?.contains(end) == false {
                    let worker = old[end.rawValue]
                    let isGone = try await eventually {
                        await failure { _ = try await worker.actor.echo("gone") } as? CallError
                            == .noWorkerAvailable(group: "probes")
                    }
                    #expect(isGone, "\(end)")
                    #expect(pool.workers[end.rawValue].id == worker.id, "\(end)")
                }
            }
        }

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

        @Test("S-07: 8 slots that crash at every start, with pauses from 1 s doubling, start 5 times each within 10 s")
        func crashLoops() async throws {
            let pause = TestLength.isLong ? 1_000 : 100 * TestLength.patience
            try await withWatchedPrimary(["crash-loop", "\(pause)"]) { primary, _ in
                #expect(primary.end(within: .milliseconds(pause * 10 + 20_000)) == .code(0))
                let starts = try primary.line(beginning: "starts").split(separator: " ").dropFirst()
                #expect(starts.count == 8)
                #expect(starts.allSatisfy { Int($0).map { $0 <= 5 } == true }, "\(starts)")
                let share = try #require(Int(try primary.line(beginning: "percent").dropFirst(8)))
                #expect(share < 20, "\(share) % of a processor")
                // On a busy machine the fifth start may come later, but never before the pauses are over.
                #expect(try #require(Int(try primary.line(beginning: "fifth").dropFirst(6))) >= pause * 7)
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

extension ProcessTests {
    /// Alone, so that a process is there soon after another one is killed.
    @Suite("the intensity of restarts")
    struct Intensities {
        @Test("S-05: with 3 restarts in 2 s, one crash a second goes on for ever, four in a second do not")
        func slidingWindow() async throws {
            let second = TestLength.isLong ? Duration.seconds(1) : .milliseconds(150) * TestLength.patience
            try await withCluster { cluster in
                let options = workerProgram {
                    $0.intensity = RestartIntensity(3, in: second * 2)
                    $0.backoff = .none
                    $0.optional = true
                }
                let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                for _ in 0..<TestLength.rounds(7, long: 10) {
                    let (worker, begin) = (pool.workers[0], MonotonicClock.now)
                    try send(SIGKILL, to: worker)
                    _ = try await pool.replacement(of: worker)
                    try await Task.sleep(for: max(.zero, second - (MonotonicClock.now - begin)))
                }
                try await Task.sleep(for: second * 2)
                let events = pool.events.makeAsyncIterator()
                try send(SIGKILL, to: pool.workers[0])
                var (restarts, hasGivenUp) = (0, false)
                while !hasGivenUp, let event = await events.next() {
                    switch event.kind {
                    case .spawned(let pid):
                        restarts += 1
                        kill(pid, SIGKILL)
                    case .gaveUp: hasGivenUp = true
                    default: break
                    }
                }
                #expect(hasGivenUp && restarts == 3)
            }
        }
    }
}
