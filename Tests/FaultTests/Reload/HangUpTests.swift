import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
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
            try writeScript(text, to: program)
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

        @Test("G9: SIGTERM during a reload wins; a replacement that says nothing is ended by SIGTERM, all in time")
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
