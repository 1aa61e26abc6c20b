import ActorClusterTesting
import Foundation
import ProcessIO
import Synchronization
import Testing

/// The process's own loop, with jobs that block on purpose.
@Suite("a blocked event loop", .exclusive, .serialized, .timeLimit(.minutes(TestLength.minutes)))
struct BlockedLoopTests {
    @Test("a job that sleeps in C or spins does not hold up the loop's work", arguments: [false, true])
    func oneBlocks(spins: Bool) async throws {
        let loop = try EventLoop.shared()
        let handOvers = loop.handOvers
        let mayEnd = Flag()
        let blocking = Task.detached(executorPreference: loop) { mayEnd.block(spinning: spins) }
        try await Self.work(on: loop)
        #expect(loop.handOvers > handOvers)
        mayEnd.raise()
        await blocking.value
    }

    @Test("with every thread of the loop inside a job, work is still done, and the jobs that wait run later")
    func allBlock() async throws {
        let loop = try EventLoop.shared()
        let mayEnd = Flag()
        let ran = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<16 {
                group.addTask(executorPreference: loop) {
                    mayEnd.block(spinning: index % 4 == 0)
                    ran.add()
                }
            }
            for _ in 0..<20 { try await Self.work(on: loop) }
            #expect(ran.value == 0)
            mayEnd.raise()
            try await group.waitForAll()
        }
        #expect(ran.value == 16)
    }

    @Test("a task that always has a job ready does not keep the loop from its timers")
    func yields() async throws {
        let loop = try EventLoop.shared()
        let mayEnd = Flag()
        let yielding = Task.detached(executorPreference: loop) { while !mayEnd.isRaised { await Task.yield() } }
        try await Self.work(on: loop)
        mayEnd.raise()
        await yielding.value
    }

    @Test("tasks that prefer the loop stay on its threads, and thousands of blocking ones all end")
    func stress() async throws {
        let loop = try EventLoop.shared()
        let rounds = TestLength.rounds(2_000, long: 40_000)
        let strangers = Counter()
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<rounds {
                group.addTask(executorPreference: loop) {
                    for step in 0..<4 {
                        if !Self.threadName().hasPrefix("ac-loop-") { strangers.add() }
                        switch (index + step) % 7 {
                        case 0: usleep(50)
                        case 1: await Task.detached { await Task.yield() }.value
                        case 2 where index % 100 == 2: usleep(12_000)
                        case 3: await suspended { waiter in loop.execute { waiter.resume() } }
                        default: await Task.yield()
                        }
                    }
                }
            }
        }
        #expect(strangers.value == 0)
    }

    /// Something the loop does, through a timer, and that a test waits for from outside.
    private static func work(on loop: EventLoop) async throws {
        await suspended { waiter in
            loop.execute {
                _ = loop.schedule(at: MonotonicClock.now + .milliseconds(1)) { waiter.resume() }
            }
        }
    }

    private static func threadName() -> String {
        guard let file = FileHandle(forReadingAtPath: "/proc/thread-self/comm") else { return "" }
        return String(decoding: file.availableData, as: UTF8.self)
    }
}

/// Seen by threads that cannot suspend.
private final class Flag: Sendable {
    private let raised = Atomic<Bool>(false)

    var isRaised: Bool { raised.load(ordering: .acquiring) }

    func raise() { raised.store(true, ordering: .releasing) }

    func block(spinning: Bool) {
        while !isRaised { if !spinning { usleep(1_000) } }
    }
}

private final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .relaxed) }

    func add() { count.wrappingAdd(1, ordering: .relaxed) }
}
