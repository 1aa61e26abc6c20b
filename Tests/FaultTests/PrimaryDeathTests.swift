import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("the primary's death")
    struct PrimaryDeath {
        @Test(
            "C1, C2, L-12: when the primary is killed, exits or traps, workers that idle, sleep, spin or have every thread blocked are gone within a second, and those that can have cleaned up and may print meanwhile"
        )
        func workersGo() async throws {
            try await leavingNothing {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for how in ["kill", "exit", "trap"] { group.addTask { try await expectWorkersToGo(how) } }
                    try await group.waitForAll()
                }
            }
        }

        private func expectWorkersToGo(_ how: String) async throws {
            let markers = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            try FileManager.default.createDirectory(at: markers, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: markers) }

            let (ours, theirs) = try Socket.pair()
            var environment = currentEnvironment()
            environment[Markers.variable] = markers.path
            environment["SWIFT_BACKTRACE"] = "enable=no"
            let program = Processes.program("FaultyWorkers")
            let plan = SpawnPlan(
                executable: program, arguments: [program, how == "kill" ? "wait" : how], environment: environment)
            let primary = try ChildProcess(plan, channel: theirs)
            let exit = AsyncStream.makeStream(of: ProcessExit.self)
            let loop = try EventLoop.shared()
            loop.execute { try? primary.observeExit(on: loop) { exit.continuation.yield($0) } }

            let workers = try await readLine(from: ours).split(separator: " ").compactMap { Int32($0) }
            #expect(workers.count == 5)
            let start = MonotonicClock.now
            if how == "kill" { primary.signal(.kill) }
            for worker in workers {
                let isGone = try await waitUntilGone(worker, within: .seconds(1) * TestLength.patience)
                #expect(isGone, "\(worker) lives")
            }
            #expect(MonotonicClock.now - start < .seconds(1.5) * TestLength.patience)
            for await _ in exit.stream { break }
            let left = Set(Processes.entries(of: markers.path))
            #expect(left.isSuperset(of: ["cancelled-1", "shutdown-0", "shutdown-1", "shutdown-3"]))
        }

        private func readLine(from socket: Socket) async throws -> String {
            let text = Lock("")
            let isThere = try await eventually(within: .seconds(20)) {
                var buffer = [UInt8](repeating: 0, count: 256)
                let transfer = buffer.withUnsafeMutableBytes { try? socket.read(into: $0) }
                guard case .moved(let count)? = transfer else { return transfer == .closed }
                return text.withLock { text in
                    text += String(decoding: buffer[..<count], as: UTF8.self)
                    return text.contains("\n")
                }
            }
            try #require(isThere)
            return text.withLock { $0.split(separator: "\n").first.map(String.init) ?? "" }
        }
    }
}
