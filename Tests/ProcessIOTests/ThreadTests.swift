import ActorClusterTesting
import ProcessIO
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@Suite("threads", .exclusive)
struct ThreadTests {
    @Test("a thread takes the synchronous signals only, and whoever made it takes those that it took before")
    func signals() async throws {
        let seen = Lock<Set<Int32>?>(nil)
        let before = Self.blocked()
        try startThread("masked") { seen.withLock { $0 = Self.blocked() } }
        #expect(Self.blocked() == before)
        #expect(try await eventually { seen.withLock { $0 != nil } })
        let inside = try #require(seen.withLock { $0 })
        #expect(inside.isSuperset(of: [SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGCHLD, SIGPIPE, SIGALRM]))
        #expect(inside.isDisjoint(with: [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT]))
    }

    /// Of the calling thread.
    private static func blocked() -> Set<Int32> {
        var mask = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &mask)
        return Set((Int32(1)..<32).filter { sigismember(&mask, $0) == 1 })
    }

    @Test("what several hand to a serial thread, which the first of them makes, runs once each and one at a time")
    func serial() async throws {
        let thread = SerialThread("test-serial")
        let tally = Tally()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try thread.execute {
                        tally.counts.withLock { $0.begin() }
                        tally.counts.withLock { $0.end() }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await eventually { tally.counts.withLock { $0.ended == 8 } })
        #expect(tally.counts.withLock { $0.mostAtOnce } == 1)
    }
}

private final class Tally: Sendable {
    let counts = Lock(Counts())
}

/// Of pieces of work.
private struct Counts {
    private var running = 0
    private(set) var mostAtOnce = 0
    private(set) var ended = 0

    mutating func begin() {
        running += 1
        mostAtOnce = max(mostAtOnce, running)
    }

    mutating func end() {
        running -= 1
        ended += 1
    }
}
