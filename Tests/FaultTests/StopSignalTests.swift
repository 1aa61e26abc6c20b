import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("signals stop a primary")
    struct StopSignals {
        @Test(
            "G-01, H1: SIGTERM or SIGINT lets calls finish, also those made inside them; workers and primary exit with 0",
            arguments: [SIGTERM, SIGINT])
        func graceful(signal: Int32) async throws {
            try await withWatchedPrimary(["stop", "calls", "10000", "30000"]) { primary, _ in
                try primary.waitUntilReady()
                let start = MonotonicClock.now
                primary.signal(signal)
                #expect(primary.end(within: .seconds(10)) == .code(0))
                #expect(MonotonicClock.now - start < .seconds(2.5) * TestLength.patience)
                #expect(
                    primary.lines(beginning: "call") == (0..<4).map { "call \($0)" }
                        + Array(repeating: "call back", count: 4))
                Self.expectEvents(of: primary)
                #expect(primary.lines.last == "returned")
            }
        }

        /// Stopping, then four exits by wish, then stopped.
        private static func expectEvents(of primary: WatchedPrimary) {
            let events = primary.lines(beginning: "event")
            guard let begin = events.firstIndex(of: "event cluster: stopping") else {
                Issue.record("no stopping: \(events)")
                return
            }
            let after = events[begin...]
            #expect(after.last == "event cluster: stopped")
            let exits = after.filter { $0.contains("exited") }
            #expect(exits.count == 4 && exits.allSatisfy { $0.hasSuffix("exited (exit code 0)") }, "\(exits)")
        }

        @Test(
            "G-02, H2: SIGINT to the whole group reaches the primary alone; each worker's shutdown work is done once, in order"
        )
        func wholeGroup() async throws {
            try await withWatchedPrimary(["stop", "calls", "10000", "30000"]) { primary, markers in
                try primary.waitUntilReady()
                primary.signalGroup(SIGINT)
                #expect(primary.end(within: .seconds(10)) == .code(0))
                #expect(primary.lines(beginning: "call failed") == [])
                let names = (0..<4).flatMap { ["first-\($0)", "second-\($0)"] }
                #expect(Set(Processes.entries(of: markers)) == Set(names))
                for name in names { #expect(Processes.read("\(markers)/\(name)") == ".", "\(name)") }
            }
        }

        @Test(
            "G-03: a worker that does not drain in time is gone by force, its call fails, and the primary still exits with 0"
        )
        func drainLimit() async throws {
            try await withWatchedPrimary(["stop", "stubborn", "300", "30000"]) { primary, markers in
                try primary.waitUntilReady()
                let start = MonotonicClock.now
                primary.signal(SIGTERM)
                #expect(primary.end(within: .seconds(10)) == .code(0))
                let time = MonotonicClock.now - start
                #expect(time >= .milliseconds(300) && time < .seconds(1.5) * TestLength.patience)
                let exits = primary.lines(beginning: "event").filter { $0.contains("exited") }
                #expect(exits.count == 4)
                #expect(exits.last?.hasSuffix("exited (exit code 1), by force") == true, "\(exits)")
                #expect(exits.dropLast().allSatisfy { $0.hasSuffix("exited (exit code 0)") }, "\(exits)")
                #expect(primary.lines(beginning: "call").first?.contains("exit code 1") == true)
                #expect(Processes.entries(of: markers).contains("first-0"), "its shutdown work is done even so")
            }
        }

        @Test("G-04: when the cluster's limit passes, what is left is killed and the primary exits with 1")
        func clusterLimit() async throws {
            try await withWatchedPrimary(["stop", "deaf", "60000", "500"]) { primary, _ in
                try primary.waitUntilReady()
                let start = MonotonicClock.now
                primary.signal(SIGTERM)
                #expect(primary.end(within: .seconds(10)) == .code(1))
                let time = MonotonicClock.now - start
                #expect(time >= .milliseconds(500) && time < .seconds(1.5) * TestLength.patience)
                #expect(primary.lines(beginning: "returned") == [])
            }
        }

        @Test(
            "G-04, H1: a second signal kills everything, and the primary exits with 1 within a second",
            arguments: [SIGTERM, SIGINT])
        func secondSignal(signal: Int32) async throws {
            try await withWatchedPrimary(["stop", "deaf", "60000", "60000"]) { primary, _ in
                try primary.waitUntilReady()
                primary.signal(SIGTERM)
                _ = try primary.line(beginning: "stopping")
                #expect(primary.end(within: .milliseconds(300)) == nil, "one signal alone waits")
                let start = MonotonicClock.now
                primary.signal(signal)
                #expect(primary.end(within: .seconds(10)) == .code(1))
                #expect(MonotonicClock.now - start < .seconds(1) * TestLength.patience)
                #expect(primary.lines(beginning: "returned") == [])
            }
        }

        @Test("a body that ignores its cancellation ends with the process at the cluster's limit")
        func stubbornBody() async throws {
            try await withWatchedPrimary(["stop", "stubbornBody", "1000", "500"]) { primary, _ in
                try primary.waitUntilReady()
                primary.signal(SIGTERM)
                #expect(primary.end(within: .seconds(10)) == .code(1))
                #expect(primary.lines(beginning: "event cluster").last == "event cluster: stopped")
            }
        }

        @Test("an idle cluster is gone a moment after SIGTERM")
        func idle() async throws {
            try await withWatchedPrimary(["stop", "nothing", "10000", "30000"]) { primary, _ in
                try primary.waitUntilReady()
                let start = MonotonicClock.now
                primary.signal(SIGTERM)
                #expect(primary.end(within: .seconds(10)) == .code(0))
                #expect(MonotonicClock.now - start < .seconds(1) * TestLength.patience)
            }
        }
    }
}
