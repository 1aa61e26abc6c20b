import ActorClusterTesting
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("two clusters in one process")
    struct TwoClustersAtOnce {
        @Test("a signal stops both, their calls finish, and the host's own handler is back after the last")
        func signalStopsBoth() async throws {
            try await withWatchedPrimary(["two", "calls"]) { primary, _ in
                try primary.waitUntilReady()
                primary.signal(SIGTERM)
                #expect(primary.end(within: .seconds(10)) == .code(7))
                for line in ["stopping first", "call first 7", "returned first"] {
                    #expect(primary.lines(beginning: line) == [line])
                }
                for line in ["stopping second", "call second 7", "returned second"] {
                    #expect(primary.lines(beginning: line) == [line])
                }
                #expect(primary.lines.last == "over")
            }
        }

        @Test("when one is over, a signal still means the other and not the host")
        func oneIsOver() async throws {
            try await withWatchedPrimary(["two", "firstLeaves"]) { primary, _ in
                try primary.waitUntilReady()
                _ = try primary.line(beginning: "returned first")
                #expect(primary.lines(beginning: "stopping") == [])
                primary.signal(SIGTERM)
                #expect(primary.end(within: .seconds(10)) == .code(7))
                #expect(primary.lines(beginning: "stopping") == ["stopping second"])
                #expect(primary.lines.suffix(2) == ["returned second", "over"])
            }
        }

        @Test("G-04: a second signal ends both by force, and the process with exit code 1")
        func secondSignal() async throws {
            try await withWatchedPrimary(["two", "deaf"]) { primary, _ in
                try primary.waitUntilReady()
                primary.signal(SIGTERM)
                _ = try primary.line(beginning: "stopping first")
                _ = try primary.line(beginning: "stopping second")
                let start = MonotonicClock.now
                primary.signal(SIGTERM)
                #expect(primary.end(within: .seconds(10)) == .code(1))
                #expect(MonotonicClock.now - start < .seconds(1) * TestLength.patience)
                #expect(primary.lines(beginning: "returned") == [])
            }
        }

        @Test("G-04: a second signal ends by force the one that is left, and the process with exit code 1")
        func secondSignalForOne() async throws {
            try await withWatchedPrimary(["two", "secondDeaf"]) { primary, _ in
                try primary.waitUntilReady()
                primary.signal(SIGTERM)
                _ = try primary.line(beginning: "returned first")
                primary.signal(SIGTERM)
                #expect(primary.end(within: .seconds(10)) == .code(1))
                #expect(primary.lines(beginning: "returned") == ["returned first"])
            }
        }
    }
}
