import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("death and replacement")
    struct Death {
        @Test("S-01: a killed worker is replaced in its slot, with a new number and process, and the others stay")
        func replacement() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 4, options: workerProgram())
                let before = pool.workers
                let time = try await elapsed {
                    try send(SIGKILL, to: before[2])
                    let new = try await pool.replacement(of: before[2])
                    #expect(new.id == WorkerID(group: "probes", slot: 2, incarnation: before[3].id.incarnation + 1))
                    #expect(new.pid != before[2].pid)
                    #expect(try await new.actor.pid() == new.pid)
                }
                #expect(time < .seconds(2) * TestLength.patience)
                let after = pool.workers
                for slot in [0, 1, 3] {
                    #expect(after[slot].id == before[slot].id && after[slot].pid == before[slot].pid)
                }
                #expect(after.allSatisfy { $0.state == .ready })
                #expect(before[2].state == .exited)
            }
        }

        @Test(
            "C-07, A4: a worker's death fails its calls in flight at once with its signal; the others' calls return",
            arguments: [false, true])
        func deathFailsCalls(byTrap: Bool) async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 2, options: workerProgram())
                let (doomed, sound) = (pool.workers[0], pool.workers[1])
                let calls = (0..<100).map { _ in
                    Task { await failure { try await doomed.incarnation.sleep(milliseconds: 60_000) } }
                }
                let others = (0..<50).map { number in
                    Task { try await sound.incarnation.echo(number, afterMilliseconds: 200) }
                }
                try await doomed.incarnation.wait(for: "runs", count: 100)
                if byTrap {
                    _ = await failure { try await doomed.incarnation.trap() }
                } else {
                    try send(SIGKILL, to: doomed)
                    let pid = try #require(doomed.pid)
                    #expect(try await waitUntilGone(pid, within: .seconds(5)))
                }
                let time = await elapsed {
                    for call in calls {
                        guard
                            case CallError.workerDied(doomed.id, .signal(let signal), .maybeExecuted)? =
                                await call.value
                        else { return unexpected(await call.value) }
                        #expect(byTrap ? [SIGILL, SIGTRAP].contains(signal) : signal == SIGKILL)
                    }
                }
                #expect(time < .seconds(1) * TestLength.patience)
                for (number, call) in others.enumerated() { #expect(try await call.value == number) }
                _ = try await pool.replacement(of: doomed)
            }
        }

        @Test("A12: a trap, a stack overflow and SIGKILL end one worker; calls to the others do not notice")
        func deathsAreIsolated() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 4, options: workerProgram())
                let sound = Array(pool.workers[1...])
                let load = Task {
                    for number in 0..<1_000 { _ = try await sound[number % 3].incarnation.echo("\(number)") }
                }
                let deaths: [(Set<Int32>, (Probe) async throws -> Void)] = [
                    ([SIGILL, SIGTRAP], { try await $0.trap() }),
                    ([SIGSEGV], { _ = try await $0.overflowStack() }),
                    (
                        [SIGKILL],
                        { probe in
                            let pid = try await probe.pid()
                            async let sleeping: Void = probe.sleep(milliseconds: 60_000)
                            try await probe.wait(for: "runs", count: 1)
                            kill(pid, SIGKILL)
                            try await sleeping
                        }
                    ),
                ]
                for (signals, die) in deaths {
                    let doomed = pool.workers[0]
                    let error = await failure { try await die(doomed.incarnation) }
                    guard case CallError.workerDied(_, .signal(let signal), _)? = error else {
                        return unexpected(error)
                    }
                    #expect(signals.contains(signal))
                    _ = try await pool.replacement(of: doomed)
                }
                try await load.value
            }
        }

        @Test("a worker that leaves with a code fails its calls with that code")
        func exitCode() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let worker = pool.workers[0]
                let error = await failure { try await worker.incarnation.exit(code: 42) }
                #expect(error as? CallError == .workerDied(worker.id, .code(42), .maybeExecuted))
                _ = try await pool.replacement(of: worker)
            }
        }

        @Test("calls by slot and by pool wait for the replacement; calls to the process itself fail")
        func waitingForReplacement() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let old = pool.workers[0]
                try send(SIGKILL, to: old)
                #expect(try await eventually { old.state == .exited })
                let bySlot = Task { try await old.actor.pid() }
                let byPool = Task { try await pool.actor.pid() }
                let gone = await failure { _ = try await old.incarnation.pid() }
                #expect(gone is CallError)
                let new = try await pool.replacement(of: old)
                #expect(try await bySlot.value == new.pid)
                #expect(try await byPool.value == new.pid)
            }
        }

        @Test("a call that waits for a replacement ends at its own limit, and has not been sent")
        func waitingEnds() async throws {
            try await withCluster { cluster in
                let options = workerProgram { $0.backoff = Backoff(first: .seconds(60), limit: .seconds(60)) }
                let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                _ = try await pool.emptySlot(0)
                let late = await failure {
                    try await withCallTimeout(.milliseconds(100)) { _ = try await pool.actor.pid() }
                }
                guard case CallError.timeout(after: .milliseconds(100), _, nil, .notSent)? = late else {
                    return unexpected(late)
                }
                let waiting = Task { await failure { _ = try await pool.actor.pid() } }
                #expect(try await eventually { cluster.actorSystem.pendingCalls == 1 })
                waiting.cancel()
                #expect(await waiting.value is CancellationError)
            }
        }

        @Test("S-11: a slot that dies too often is given up; a pool without slots ends the run with its story")
        func givingUp() async throws {
            let error = await failure {
                try await withCluster { cluster in
                    let options = workerProgram {
                        $0.intensity = RestartIntensity(1, in: .seconds(60))
                        $0.backoff = .none
                    }
                    let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                    let first = pool.workers[0]
                    try send(SIGKILL, to: first)
                    let second = try await pool.replacement(of: first)
                    let waiting = Task { await failure { try await pool.actor.exit(code: 3) } }
                    guard case CallError.workerDied(second.id, .code(3), .maybeExecuted)? = await waiting.value else {
                        return unexpected(await waiting.value)
                    }
                    // The body is being cancelled, so this call is made in a task of its own.
                    let none = Task { await failure { _ = try await pool.actor.pid() } }
                    #expect(await none.value as? CallError == .noWorkerAvailable(group: "probes"))
                    try await Task.sleep(for: .seconds(60))
                }
            }
            guard case ClusterError.gaveUp(let worker, let story)? = error else { return unexpected(error) }
            #expect(worker.description == "probes/0#2")
            #expect(story.contains(/#2 exit code 3 \(alive \d+ ms\), #1 signal 9 \(alive [^)]*, \d+ ms earlier\)/))
        }

        @Test(
            "D2, C-16: random bytes from a worker end its pipe and the process, fail its calls, and a replacement comes",
            arguments: 0..<8)
        func garbage(seed: UInt64) async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let worker = pool.workers[0]
                let error = await failure { try await worker.incarnation.writeGarbage(seed: seed, count: 64 << 10) }
                guard case CallError.workerDied(worker.id, _, _)? = error else { return unexpected(error) }
                let new = try await pool.replacement(of: worker)
                #expect(try await new.actor.echo("sound") == "sound")
            }
        }

    }
}

extension ProcessTests {
    /// It keeps the threads that its neighbours would need.
    @Suite("death while the primary is blocked")
    struct DeathInBlockedPrimary {
        @Test("supervision goes on while every thread of the primary's own is blocked")
        func blockedPrimary() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let old = pool.workers[0]
                try send(SIGKILL, to: old)
                // Blocks the cooperative threads, and looks at the pool meanwhile from one of them.
                let isReplaced = await withTaskGroup(of: Bool.self) { group in
                    for _ in 0..<(2 * availableProcessors) {
                        group.addTask {
                            let end = MonotonicClock.now + .seconds(5)
                            while pool.workers[0].id == old.id || pool.workers[0].state != .ready {
                                if MonotonicClock.now > end { return false }
                            }
                            return true
                        }
                    }
                    return await group.reduce(true) { $0 && $1 }
                }
                #expect(isReplaced)
            }
        }
    }
}
