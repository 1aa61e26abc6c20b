import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("H: processes of the host, and many at once")
    struct Hosts {
        @Test("H5: the host's own child is not reaped for it")
        func ownChild() async throws {
            try await withWatchedPrimary(["host", "own"]) { primary, _ in
                #expect(primary.end(within: .seconds(20)) == .code(0))
                #expect(primary.lines.suffix(2) == ["own true 7", "returned"])
                #expect(primary.lines(beginning: "event").contains { $0.contains("exited (exit code 3)") })
            }
        }

        @Test(
            "H5: a host that waits for every child, or ignores SIGCHLD, takes statuses away; workers are replaced and leave"
        )
        func stolenStatus() async throws {
            for host in ["waiting", "ignoring"] {
                try await withWatchedPrimary(["host", host]) { primary, _ in
                    #expect(primary.end(within: .seconds(20)) == .code(0))
                    let exits = primary.lines(beginning: "event").filter { $0.contains("exited") }
                    #expect(exits.count == 2)
                    if host == "ignoring" { #expect(exits.allSatisfy { $0.contains("unknown") }, "\(exits)") }
                    #expect(primary.lines(beginning: "replaced") == ["replaced true"])
                    #expect(primary.lines.last == "returned")
                }
            }
        }

        @Test("H4: 200 processes that end at once are 200 exit codes, each once, and no zombie")
        func manyExits() async throws {
            try await leavingNothing {
                let loop = try EventLoop.shared()
                let exits = AsyncStream.makeStream(of: (Int, ProcessExit).self)
                var channels: [Socket] = []
                var children: [ChildProcess] = []
                for index in 0..<200 {
                    let (ours, theirs) = try Socket.pair()
                    let script = "read line <&3; exit \(index % 100)"
                    let plan = SpawnPlan(executable: "/bin/sh", arguments: ["sh", "-c", script], environment: [:])
                    let child = try ChildProcess(plan, channel: theirs)
                    channels.append(ours)
                    children.append(child)
                    loop.execute {
                        try? child.observeExit(on: loop) { exits.continuation.yield((index, $0)) }
                    }
                }
                let start = MonotonicClock.now
                channels = []
                var seen: [Int: ProcessExit] = [:]
                for await (index, exit) in exits.stream {
                    #expect(seen[index] == nil, "twice")
                    seen[index] = exit
                    if seen.count == 200 { break }
                }
                #expect(MonotonicClock.now - start < .seconds(1) * TestLength.patience)
                for (index, exit) in seen { #expect(exit == .code(Int32(index % 100))) }
                for child in children { #expect(kill(child.pid, 0) != 0, "a zombie") }
            }
        }

        @Test("C5: one thread spawns all workers and lives as long as the process, so that no worker loses its parent")
        func spawningThread() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 2, options: workerProgram())
                let before = Self.spawners
                #expect(before.count == 1)
                let asking = Task.detached {
                    _ = try await cluster.start(Groups.others, count: 2, options: workerProgram())
                }
                try await asking.value
                #expect(Self.spawners == before)
                for worker in pool.workers { #expect(try await worker.incarnation.pid() == worker.pid) }
            }
        }

        /// Threads of this process that spawn.
        private static var spawners: [String] {
            Processes.entries(of: "/proc/self/task").filter {
                Processes.read("/proc/self/task/\($0)/comm") == "ac-spawner\n"
            }
        }
    }
}
