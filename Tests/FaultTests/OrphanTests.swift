import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("C: workers whose primary is killed at a bad moment")
    struct Orphans {
        private static let mark = "ACTORCLUSTER_TEST_PRIMARY"

        @Test(
            "C4: a primary that is killed at any moment of its start, workers unspawned, silent or not ready, leaves none"
        )
        func killedDuringStart() async throws {
            let run = UUID().uuidString
            try await leavingNothing {
                try await onOwnThread {
                    var random = SeededGenerator(seed: 4)
                    for round in 0..<TestLength.rounds(12, long: 200) {
                        let mark = "\(run)-\(round)"
                        let primary = try OwnedProcess(
                            "FaultyWorkers", [round % 2 == 0 ? "wait" : "waitForStart"], environment: [Self.mark: mark])
                        // However fast the machine is, half of them have workers, and the others mostly none.
                        if round % 4 >= 2 { try Self.waitForWorker(of: primary, mark) }
                        let moment = Duration.microseconds(Int.random(in: 0..<25_000, using: &random))
                        #expect(primary.waitForExit(within: moment) == nil, "the primary ended by itself")
                        primary.end()
                        Self.expectNone(of: mark)
                    }
                    // One that was about to run its program when its primary was killed shows no mark for a moment.
                    Self.expectNone(of: run)
                }
            }
        }

        /// Waits until the primary has a worker that runs its program: both have the mark.
        private static func waitForWorker(of primary: OwnedProcess, _ mark: String) throws {
            let end = MonotonicClock.now + .seconds(10) * TestLength.patience
            while workers(of: mark).count < 2 {
                try #require(primary.waitForExit(within: .milliseconds(1)) == nil, "the primary ended by itself")
                try #require(MonotonicClock.now < end, "no worker")
            }
        }

        /// Processes that have inherited this mark.
        private static func workers(of mark: String) -> [Int32] {
            Processes.entries(of: "/proc").compactMap { Int32($0) }.filter {
                Processes.read("/proc/\($0)/environ").contains("\(Self.mark)=\(mark)")
            }
        }

        private static func expectNone(of mark: String) {
            let end = MonotonicClock.now + .seconds(1)
            while true {
                let workers = Self.workers(of: mark)
                if workers.isEmpty { return }
                for worker in workers where !Processes.waitUntilGone(worker, within: end - MonotonicClock.now) {
                    Issue.record("\(worker) of \(mark) lives")
                    kill(worker, SIGKILL)
                    return
                }
            }
        }

        @Test(
            "C6: a worker whose method runs a child process is gone within a second of its primary, and the child with it"
        )
        func workerWithChild() async throws {
            try await leavingNothing {
                try await onOwnThread {
                    let primary = try OwnedProcess("FaultyWorkers", ["waitWithChild"])
                    let pids = try Self.readLine(from: primary.channel).split(separator: " ").compactMap { Int32($0) }
                    try #require(pids.count == 6)
                    primary.end()
                    let end = MonotonicClock.now + .seconds(1)
                    for pid in pids where !Processes.waitUntilGone(pid, within: end - MonotonicClock.now) {
                        Issue.record("\(pid) lives")
                        kill(pid, SIGKILL)
                    }
                }
            }
        }

        @Test(
            "C3: when a primary with eight workers is killed, some spinning, stopped, deaf or with children, none is left after a second"
        )
        func allKinds() async throws {
            try await leavingNothing {
                try await onOwnThread {
                    let primary = try OwnedProcess("FaultyWorkers", ["waitAmongAll"])
                    let pids = try Self.readLine(from: primary.channel).split(separator: " ").compactMap { Int32($0) }
                    try #require(pids.count == 11)
                    primary.end()
                    let end = MonotonicClock.now + .seconds(1) * TestLength.patience
                    for pid in pids where !Processes.waitUntilGone(pid, within: end - MonotonicClock.now) {
                        Issue.record("\(pid) lives")
                        kill(pid, SIGKILL)
                    }
                }
            }
        }

        private static func readLine(from socket: Socket) throws -> String {
            var text = ""
            var entry = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
            while !text.contains("\n"), poll(&entry, 1, 20_000) > 0 {
                var buffer = [UInt8](repeating: 0, count: 256)
                guard case .moved(let count) = try buffer.withUnsafeMutableBytes({ try socket.read(into: $0) }) else {
                    break
                }
                text += String(decoding: buffer[..<count], as: UTF8.self)
            }
            return text.split(separator: "\n").first.map(String.init) ?? ""
        }

        @Test(
            "L-12: a worker whose pipe the primary closes cancels its calls, runs its clean-up and leaves within a second"
        )
        func closedPipe() async throws {
            try await withTemporaryDirectory { directory in
                try await withRawPrimary(environment: [Markers.variable: directory]) { primary in
                    try primary.start()
                    let sleep = try Targets.sleep
                    try primary.send(sleep, Targets.sleepArguments(milliseconds: 60_000))
                    let wait = try primary.call(
                        Targets.named("Probe.wait(for:count:)"), Body.encode("runs") + Body.encode(1))
                    #expect(wait == .reply([]))
                    primary.pipe.close()
                    #expect(primary.worker.waitForExit(within: .seconds(1)) == .code(0))
                    let markers = Set(Processes.entries(of: directory)).subtracting(["primaryLost-0"])
                    #expect(markers == ["cancelled-0", "shutdown-0"])
                }
            }
        }
    }
}
