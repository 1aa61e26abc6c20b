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
                    try writeScript("#!/bin/sh\nVERSION=2 exec '\(program)'\n", to: path)
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
}
