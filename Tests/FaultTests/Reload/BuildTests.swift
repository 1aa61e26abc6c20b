import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension ProcessTests {
    @Suite("builds")
    struct BuildTests {
        @Test(
            "G10: what is put in place of a pool's program counts from a reload on, and not before; a bad one is undone"
        )
        func replacedFile() async throws {
            try await withTemporaryDirectory { directory in
                try await withCluster { cluster in
                    let path = "\(directory)/worker"
                    let program = Processes.program("FaultyWorkers")
                    try FileManager.default.copyItem(atPath: program, toPath: path)
                    let options = workerProgram {
                        $0.process.executable = path
                        $0.timeouts.settle = .milliseconds(50)
                    }
                    let pool = try await cluster.start(Groups.probes, count: 2, options: options)
                    try FileManager.default.removeItem(atPath: path)
                    let missing = await failure { try await pool.reload() }
                    guard case ClusterError.reloadFailed(_, let reason)? = missing else { return unexpected(missing) }
                    #expect(reason.contains(path))
                    try FileManager.default.copyItem(atPath: "/bin/false", toPath: path)
                    let bad = await failure { try await pool.reload() }
                    guard case ClusterError.reloadFailed? = bad else { return unexpected(bad) }
                    let old = pool.workers[0]
                    try send(SIGKILL, to: old)
                    let new = try await pool.replacement(of: old)
                    #expect(try await new.actor.processName() == "worker")

                    try FileManager.default.removeItem(atPath: path)
                    try "#!/bin/sh\nVERSION=2 exec '\(program)'\n"
                        .write(toFile: path, atomically: true, encoding: .utf8)
                    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
                    try await pool.reload()
                    #expect(try await pool.versions() == ["2", "2"])
                }
            }
        }

        /// How often this process holds the file of the worker program.
        private static var heldPrograms: Int {
            Processes.entries(of: "/proc/self/fd").count {
                Processes.target(of: "/proc/self/fd/\($0)") == Processes.program("FaultyWorkers")
            }
        }

        @Test("settings and tags of a slot are asked for anew by a reload; its descriptors are given back")
        func settings() async throws {
            try await withCluster { cluster in
                let version = Lock("1")
                let options = workerProgram {
                    $0.process.perSlot = { slot, process in
                        process.environment["VERSION"] = version.withLock { $0 } + ".\(slot)"
                    }
                    $0.process.tags = { _ in ["v" + version.withLock { $0 }] }
                    $0.timeouts.settle = .zero
                }
                let pool = try await cluster.start(Groups.probes, count: 2, options: options)
                #expect(try await pool.versions() == ["1.0", "1.1"])
                let descriptors = Processes.workerDescriptors()
                version.withLock { $0 = "2" }
                try await pool.reload()
                #expect(try await pool.versions() == ["2.0", "2.1"])
                #expect(try await pool.actor(tag: "v2").environment("VERSION")?.hasPrefix("2") == true)
                let error = await failure { _ = try await pool.actor(tag: "v1").echo("nobody") }
                #expect(error as? CallError == .noWorkerAvailable(group: "probes"))
                for _ in 0..<3 { try await pool.reload(surge: 2) }
                // Eight workers have cost 24; tests of values that run beside this one have some of their own.
                #expect(try await eventually { Processes.workerDescriptors() < descriptors + 9 })
                #expect(Self.heldPrograms == 1)
            }
        }

        @Test(
            """
            D14: workers of two builds answer side by side, each by its own numbers; a method that only one has is an \
            unknown target at the other, before, during and after a reload
            """)
        func sideBySide() async throws {
            try await withBuilds { cluster, builds in
                let options = builds.options(try builds.make(1)) { $0.timeouts.settle = .milliseconds(200) }
                CallCounter.current?.allowAnswersWithoutRun()
                let pool = try await cluster.start(Groups.probes, count: 2, options: options)
                let others = try await cluster.start(Groups.others, count: 1, options: workerProgram())
                let pid = try #require(others.workers[0].pid)
                _ = try await pool.actor.makeCrate()
                let program = Processes.program("FaultyWorkers")
                let path = try builds.make(
                    2, ill: "exec '\(program)' \(Misdeed.numbersOtherwise.arguments.joined(separator: " "))",
                    in: [0, 1])
                let old = pool.workers[1]
                let reload = Task { try await pool.reload(executable: path) }
                let new = try await pool.replacement(of: pool.workers[0])
                #expect(try await old.incarnation.echo("x") == "x")
                let echo = try Targets.named("Probe.echo(_:call:)")
                #expect(try await new.incarnation.echo("x") == "\(echo) \(pid) unknownTarget unknownTarget")
                _ = try await old.incarnation.makeCrate()
                guard
                    case CallError.unknownTarget(_, new.id)? = await failure(of: {
                        _ = try await new.incarnation.makeCrate()
                    })
                else { return unexpected(nil, "a method that the new build lacks") }
                try await reload.value
                guard case CallError.unknownTarget? = await failure(of: { _ = try await pool.actor.makeCrate() }) else {
                    return unexpected(nil, "a method that no worker has any more")
                }
                try await pool.reload(executable: builds.make(3))
                _ = try await pool.actor.makeCrate()
                #expect(try await pool.versions() == ["3", "3"])
            }
        }
    }

    @Suite("SIGHUP")
    struct HangUp {
        /// A primary whose own program can be replaced.
        private static func withPrimary(
            workers: Int, _ body: @escaping @Sendable (WatchedPrimary, _ program: String) throws -> Void
        ) async throws {
            try await withTemporaryDirectory { directory in
                let program = "\(directory)/FaultyWorkers"
                try FileManager.default.copyItem(atPath: Processes.program("FaultyWorkers"), toPath: program)
                try await leavingNothing {
                    try await onOwnThread {
                        let primary = try WatchedPrimary(["reload", "\(workers)"], program: program)
                        try primary.waitUntilReady()
                        try body(primary, program)
                        #expect(primary.left == [])
                    }
                }
            }
        }

        private static func replace(_ program: String, by text: String) throws {
            try FileManager.default.removeItem(atPath: program)
            try text.write(toFile: program, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        }

        /// Stops it, and looks at how its calls went.
        private static func stop(_ primary: WatchedPrimary, version: String) {
            primary.signal(SIGTERM)
            #expect(primary.end(within: .seconds(16) * TestLength.patience) == .code(0))
            let calls = primary.lines(beginning: "calls")
            #expect(calls == Array(repeating: "calls true version \(version) failed []", count: 4))
            #expect(primary.lines.last == "returned")
        }

        @Test(
            "G-07, G10: SIGHUP reloads every pool in order from the path that the primary was started by; no call fails"
        )
        func newProgram() async throws {
            try await Self.withPrimary(workers: 4) { primary, program in
                try Self.replace(
                    program, by: "#!/bin/sh\nVERSION=2 exec '\(Processes.program("FaultyWorkers"))' \"$@\"\n")
                primary.signal(SIGHUP)
                _ = try primary.line(beginning: "event others: reloaded")
                let events = primary.lines(beginning: "event")
                let first = try #require(events.firstIndex(of: "event probes: reloaded"))
                let second = try #require(
                    events.lastIndex { $0.hasPrefix("event others/0#") && $0.contains("spawned") })
                #expect(first < second)
                Self.stop(primary, version: "2")
                let pids = primary.lines(beginning: "pids").first?.split(separator: " ").dropFirst() ?? []
                #expect(pids.count == 4 && Set(pids.compactMap { Int32($0) }).isDisjoint(with: primary.workers))
            }
        }

        @Test("G-08: a bad program in its place is undone; the pools after the one that failed keep their workers")
        func badProgram() async throws {
            try await Self.withPrimary(workers: 2) { primary, program in
                try Self.replace(program, by: "#!/bin/sh\necho 'no such library' >&2\nexit 3\n")
                primary.signal(SIGHUP)
                let line = try primary.line(beginning: "event probes: reload failed")
                #expect(line.contains("slot 0") && line.contains("exit code 3") && line.contains("no such library"))
                Self.stop(primary, version: "none")
                #expect(primary.lines(beginning: "event others").filter { $0.contains("spawned") }.count == 1)
                let pids = primary.lines(beginning: "pids").first?.split(separator: " ").dropFirst() ?? []
                #expect(pids.compactMap { Int32($0) } == primary.workers)
            }
        }

        @Test("G-09: three SIGHUPs during a reload are followed by one more reload and no other")
        func several() async throws {
            try await Self.withPrimary(workers: 2) { primary, _ in
                primary.signal(SIGHUP)
                _ = try primary.line(beginning: "event probes/0#4: spawned")
                for _ in 0..<3 { primary.signal(SIGHUP) }
                try primary.wait { $0.count { $0 == "event others: reloaded" } == 2 }
                Self.stop(primary, version: "none")
                #expect(primary.lines.count { $0 == "event probes: reloaded" } == 2)
                #expect(primary.lines.count { $0.hasPrefix("event") && $0.contains(": spawned") } == 9)
            }
        }

        @Test("G9: SIGTERM during a reload wins; a replacement that says nothing is ended by SIGTERM, and all are gone in time")
        func terminated() async throws {
            try await Self.withPrimary(workers: 2) { primary, program in
                try Self.replace(program, by: "#!/bin/sh\nexec sleep 60\n")
                primary.signal(SIGHUP)
                _ = try primary.line(beginning: "event probes/0#4: spawned")
                let start = MonotonicClock.now
                Self.stop(primary, version: "none")
                // It is not waited for until the drain limit of 10 s.
                #expect(MonotonicClock.now - start < .seconds(5) * TestLength.patience)
            }
        }
    }
}
