import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension ProcessTests {
    @Suite("processes of slots")
    struct ProcessOptions {
        @Test(
            "L-05: each slot has its own number, arguments, variables, directory and tags, and so has its replacement")
        func perSlot() async throws {
            setenv("ACTORCLUSTER_TEST_K", "old", 1)
            setenv("ACTORCLUSTER_TEST_INHERITED", "yes", 1)
            defer { for name in ["K", "INHERITED"] { unsetenv("ACTORCLUSTER_TEST_\(name)") } }
            try await withTemporaryDirectory { directory in
                try await withCluster { cluster in
                    let options = workerProgram {
                        $0.process.perSlot = { slot, process in
                            process.environment["ACTORCLUSTER_TEST_ID"] = "\(100 + slot)"
                            process.environment["ACTORCLUSTER_TEST_K"] = "new"
                            process.arguments = ["a", "b c", "", "\(slot)"]
                            if slot == 1 { process.directory = directory }
                        }
                        $0.process.tags = { ["id:\(100 + $0)", $0 < 2 ? "mail" : "image"] }
                    }
                    let pool = try await cluster.start(Groups.probes, count: 4, options: options)
                    for worker in pool.workers { try await check(worker, directory) }
                    let old = pool.workers[1]
                    try send(SIGKILL, to: old)
                    try await check(try await pool.replacement(of: old), directory)
                }
            }
        }

        private func check(_ worker: WorkerHandle<Probe>, _ directory: String) async throws {
            let (slot, actor) = (worker.id.slot, worker.incarnation)
            #expect(worker.tags == ["id:\(100 + slot)", slot < 2 ? "mail" : "image"])
            #expect(try await actor.tags() == worker.tags)
            #expect(try await actor.environment("ACTORCLUSTER_TEST_ID") == "\(100 + slot)")
            #expect(try await actor.environment("ACTORCLUSTER_TEST_K") == "new")
            #expect(try await actor.environment("ACTORCLUSTER_TEST_INHERITED") == "yes")
            #expect(try await actor.arguments() == ["a", "b c", "", "\(slot)"])
            let expected = slot == 1 ? directory : FileManager.default.currentDirectoryPath
            #expect(
                try await URL(filePath: actor.directory()).resolvingSymlinksInPath()
                    == URL(filePath: expected).resolvingSymlinksInPath())
        }

        @Test("L-05: what is not set is the primary's: arguments, directory, variables; and no tags")
        func inherited() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(
                    Groups.probes, count: 1, options: workerProgram { $0.process.arguments = nil })
                #expect(try await pool.actor.arguments() == Array(CommandLine.arguments.dropFirst()))
                #expect(try await pool.actor.directory() == FileManager.default.currentDirectoryPath)
                #expect(try await pool.actor.environment("PATH") == ProcessInfo.processInfo.environment["PATH"])
                #expect(try await pool.actor.tags() == [])
                #expect(pool.workers[0].tags == [])
                #expect(try await pool.actor.processName() == "FaultyWorkers")
            }
        }

        @Test(
            "G10: a program replaced or removed on the disk changes nothing for restarts of its pool",
            arguments: ["replaced", "removed"])
        func heldProgram(how: String) async throws {
            try await withTemporaryDirectory { directory in
                try await withCluster { cluster in
                    let path = "\(directory)/worker"
                    try FileManager.default.copyItem(atPath: Processes.program("FaultyWorkers"), toPath: path)
                    let options = workerProgram { $0.process.executable = path }
                    let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                    try FileManager.default.removeItem(atPath: path)
                    if how == "replaced" {
                        try FileManager.default.copyItem(atPath: "/bin/false", toPath: path)
                    }
                    let old = pool.workers[0]
                    try send(SIGKILL, to: old)
                    let new = try await pool.replacement(of: old)
                    #expect(new.id.incarnation == 2)
                    #expect(try await new.actor.processName() == "worker")
                }
            }
        }

        @Test("a script is started by its path, which it is told")
        func script() async throws {
            try await withTemporaryDirectory { directory in
                try await withCluster { cluster in
                    let path = "\(directory)/worker.sh"
                    let text = "#!/bin/sh\nTOLD=\"$0\" exec '\(Processes.program("FaultyWorkers"))' \"$@\"\n"
                    try writeScript(text, to: path)
                    let options = workerProgram { $0.process.executable = path }
                    let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                    #expect(try await pool.actor.environment("TOLD") == path)
                }
            }
        }
    }
}
