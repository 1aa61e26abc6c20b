import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("L: lifecycle events and worker objects")
    struct Events {
        @Test("L-01: each of four workers is spawned, online and ready, and the pool's own events are in order")
        func starts() async throws {
            let record = try await withRecord { cluster, record in
                let pool = try await cluster.start(Groups.probes, count: 4, options: workerProgram())
                for worker in pool.workers {
                    let kinds = [.spawned(pid: try #require(worker.pid)), .online, ClusterEvent.Kind.ready]
                    #expect(try await eventually { record.kinds(of: worker.id) == kinds })
                }
            }
            #expect(try await eventually { record.isOver })
            #expect(record.events.count { $0.kind.isExit } == 4)
            #expect(record.kindsOfNobody == [.stopping, .stopping, .stopped, .stopped])
            #expect(record.events.filter { $0.worker == nil }.map(\.group) == [nil, "probes", "probes", nil])
        }

        @Test("L-02: the cluster and the pool tell the same whole life, each event once and in order")
        func wholeLife() async throws {
            try await withRecord { cluster, record in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let first = pool.workers[0]
                let own = EventRecord(pool.events)
                try send(SIGKILL, to: first)
                let second = try await pool.replacement(of: first)
                await pool.stop()
                try await own.wait("the end", until: { $0.last?.kind == .stopped })
                #expect(
                    own.kinds(of: second.id) == [
                        .spawned(pid: try #require(second.pid)), .online, .ready, .disconnected(intentional: true),
                        .exited(.code(0), intentional: true, forced: false, lastOutput: []),
                    ])
                #expect(
                    own.kinds(of: first.id) == [
                        .disconnected(intentional: false),
                        .exited(.signal(SIGKILL), intentional: false, forced: false, lastOutput: []),
                        .restarting(after: .zero),
                    ])
                let events = own.events
                try await record.wait("the same", until: { $0.last == events.last })
                #expect(record.events.suffix(events.count) == events)
                #expect(try await eventually { own.isOver })
            }
        }

        @Test(
            "L-08: exit 42, SIGKILL, a stop and a worker's own stop: code, signal and intention",
            arguments: [0, 1, 2, 3])
        func exits(how: Int) async throws {
            try await withRecord { cluster, record in
                let options = workerProgram { $0.restart = .never }
                let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                let worker = pool.workers[0]
                let pid = try #require(worker.pid)
                switch how {
                case 0: _ = await failure { try await worker.incarnation.exit(code: 42) }
                case 1: try send(SIGKILL, to: worker)
                case 2: await worker.stop()
                default: try await worker.incarnation.stopItself()
                }
                try await record.waitForExit(of: worker.id)
                let isAsked = how >= 2
                let status: ActorCluster.ExitStatus = [.code(42), .signal(9), .code(0), .code(0)][how]
                #expect(
                    record.kinds(of: worker.id).suffix(2) == [
                        .disconnected(intentional: isAsked),
                        .exited(status, intentional: isAsked, forced: false, lastOutput: []),
                    ])
                #expect(kill(pid, 0) == -1 && errno == ESRCH)
            }
        }

        @Test("L-09: a worker's handle follows its life; stopping twice, and after the end, does nothing")
        func handle() async throws {
            try await withRecord { cluster, record in
                let pool = try await cluster.start(Groups.probes, count: 2, options: workerProgram())
                let worker = pool.workers[0]
                #expect(worker.isConnected && worker.state == .ready)
                async let first: Void = worker.stop()
                async let second: Void = worker.stop()
                _ = await (first, second)
                #expect(!worker.isConnected && worker.state == .exited)
                await worker.stop()
                try await record.waitForExit(of: worker.id)
                #expect(record.kinds(of: worker.id).count { $0.isExit } == 1)
                #expect(pool.workers[1].isConnected)
                await pool.stop()
                await pool.stop()
                #expect(pool.workers.allSatisfy { !$0.isConnected && $0.state == .exited })
            }
        }

        @Test(
            "L-10: what a worker reports arrives before its exit, even if it exits right afterwards",
            arguments: [false, true])
        func lastReport(pausing: Bool) async throws {
            try await withRecord { cluster, record in
                let pool = try await cluster.start(
                    Groups.probes, count: 1, options: workerProgram { $0.backoff = .none })
                for round in 0..<10 {
                    let worker = pool.workers[0]
                    let text = "disk full \(round)"
                    _ = await failure {
                        try await worker.incarnation.reportAndExit(text, code: 1, pausing: pausing)
                    }
                    try await record.waitForExit(of: worker.id)
                    #expect(
                        record.kinds(of: worker.id).filter { !$0.isRestarting }.suffix(3) == [
                            .error("FaultActors.UnlistedError: \(text)"), .disconnected(intentional: false),
                            .exited(.code(1), intentional: false, forced: false, lastOutput: []),
                        ])
                    _ = try await pool.replacement(of: worker)
                }
            }
        }

        @Test("L-10: a worker that only reports an error stays in rotation; its text is cut at 4 KiB")
        func reportsAndStays() async throws {
            try await withRecord { cluster, record in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                try await pool.actor.report(String(repeating: "é", count: 10_000), count: 1)
                try await record.wait("the report", until: { $0.contains { $0.kind.isError } })
                guard case .error(let text)? = record.events.first(where: { $0.kind.isError })?.kind else { return }
                #expect(text.hasPrefix("FaultActors.UnlistedError: éé"))
                #expect(text.utf8.count <= Limits.errorText + 100)
                #expect(pool.workers[0].state == .ready)
                #expect(try await pool.actor.echo("still here") == "still here")
            }
        }

        @Test("L-11: 10,000 reports reach both sequences; a reader that never reads holds up nobody")
        func manyReports() async throws {
            try await withRecord { cluster, record in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let idle = (cluster.events, pool.events)
                let cancelled = EventRecord(pool.events)
                await cancelled.stop()
                #expect(try await eventually { cancelled.isOver })
                let own = EventRecord(pool.events)
                let id = pool.workers[0].id
                try await withCallTimeout(.seconds(60)) {
                    // In parts, so that this process has read one before the next comes: 10,000 are more than 1 MiB.
                    for part in 0..<4 { try await pool.actor.report("r\(part)", count: 2_500) }
                }
                let expected = (0..<10_000).map {
                    let text = "FaultActors.UnlistedError: r\($0 / 2_500) \($0 % 2_500)"
                    return ClusterEvent(.error(text), group: "probes", worker: id)
                }
                for record in [record, own] {
                    try await record.wait("all reports", within: .seconds(20)) {
                        $0.count { $0.kind.isError } >= 10_000
                    }
                    #expect(record.events.filter { $0.kind.isError } == expected)
                }
                withExtendedLifetime(idle) {}
            }
        }

        @Test("a reader that is too slow is told how many events it has missed, and goes on with the rest")
        func slowReader() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let slow = pool.events
                let actor = pool.actor
                let extra = 1_000
                try await withCallTimeout(.seconds(60)) {
                    // In parts, so that the primary has read one before the next comes.
                    for part in 0..<8 { try await actor.report("r\(part)", count: (Limits.eventsKept + extra) / 8) }
                }
                let iterator = slow.makeAsyncIterator()
                #expect(await iterator.next()?.kind == .missed(extra))
                #expect(await iterator.next()?.kind == .error("FaultActors.UnlistedError: r0 \(extra)"))
            }
        }

        @Test("L-03: a worker is online at once, and ready, and in the events so, only when its factory has returned")
        func slowFactory() async throws {
            try await withRecord { cluster, record in
                let start = MonotonicClock.now
                async let starting = cluster.start(Groups.slow, count: 1, options: workerProgram())
                try await record.wait("online", until: { $0.contains { $0.kind == .online } })
                #expect(MonotonicClock.now - start < .seconds(1) * TestLength.patience)
                #expect(!record.events.contains { $0.kind == .ready })
                let pool = try await starting
                #expect(MonotonicClock.now - start >= .milliseconds(200))
                try await record.wait("ready", until: { $0.last?.kind == .ready })
                #expect(try await pool.actor.echo("ready") == "ready")
            }
        }

        @Test("L-04: a factory that throws, and one that never ends: an event that says so, then the exit; never ready")
        func failedStarts() async throws {
            try await withRecord { cluster, record in
                _ = await failure { _ = try await cluster.start(Groups.throwing, count: 1, options: workerProgram()) }
                try await record.wait("its exit") { $0.last?.kind == .stopped }
                let kinds = record.events.filter { $0.worker?.group == "throwing" }.map(\.kind)
                #expect(kinds.count == 5 && kinds[0].isSpawn && kinds[1] == .online)
                #expect(kinds[2] == .failedToInitialize("FaultActors.UnlistedError: no db"))
                #expect(kinds.last == .exited(.code(70), intentional: false, forced: false, lastOutput: []))

                let endless = await failure {
                    let options = workerProgram { $0.timeouts.ready = .milliseconds(300) }
                    _ = try await cluster.start(Groups.endless, count: 1, options: options)
                }
                guard case ClusterError.notReady? = endless else { return unexpected(endless) }
                try await record.wait("its exit") { $0.last?.group == "endless" && $0.last?.kind == .stopped }
                let last = record.events.filter { $0.worker?.group == "endless" }.map(\.kind)
                #expect(last.count == 5 && last[0].isSpawn && last[1] == .online)
                #expect(last[2] == .failedToInitialize("it was not ready within 0.3 seconds and is killed"))
                #expect(last[4] == .exited(.signal(9), intentional: false, forced: true, lastOutput: []))
                #expect(!record.events.contains { $0.kind == .ready })
            }
        }

        @Test("a worker hears that it is to leave, and that its primary is gone")
        func workerEvents() async throws {
            try await withTemporaryDirectory { directory in
                try await withCluster { cluster in
                    let options = workerProgram { $0.process.environment[Markers.variable] = directory }
                    let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                    let actor = pool.actor
                    async let running = actor.echo(7, afterMilliseconds: 200)
                    try await waitUntilBusy(pool.workers[0])
                    await pool.stop()
                    #expect(try await running == 7)
                    #expect(Processes.entries(of: directory).contains("drainAsked-0"))
                }
            }
        }
    }
}

/// A cluster with a reader of its events from the beginning, which is given back with all of them.
@discardableResult
func withRecord(
    _ body: @escaping @Sendable (Cluster, EventRecord) async throws -> Void
) async throws -> EventRecord {
    let kept = Lock<EventRecord?>(nil)
    try await withCluster { cluster in
        let record = EventRecord(cluster.events)
        kept.withLock { $0 = record }
        try await body(cluster, record)
    }
    let record = try #require(kept.withLock { $0 })
    #expect(try await eventually { record.isOver })
    return record
}
