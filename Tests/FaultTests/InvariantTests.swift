import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

/// What the fixture checks can be violated, and then it says so.
@Suite("The fixture's invariants", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct InvariantTests {
    private var tally = CallTally()

    /// The invariants that are violated.
    private func violated(by runs: UInt64...) -> [String] { tally.violations(runs: runs).map { String($0.prefix(2)) } }

    @Test("calls that end once, and run as their ends say, violate nothing")
    mutating func sound() {
        for ending in [CallTally.Ending.returned, .failed, .failed, .notRun] { tally.end(tally.begin(), ending) }
        tally.end(tally.begin(isBystander: true), .returned)
        #expect(violated(by: 5, 1, 2) == [])
    }

    @Test("I1: a call without an end is noticed, one that ends twice, and one that returned and never ran")
    mutating func endings() {
        let first = tally.begin()
        #expect(violated(by: first) == ["I1"])
        tally.end(first, .returned)
        #expect(violated(by: first) == [])
        #expect(violated() == ["I1"])
        tally.allowsAnswersWithoutRun = true
        #expect(violated() == [])
        tally.end(first, .returned)
        #expect(violated(by: first) == ["I1"])
    }

    @Test("I5: a call that ran is noticed when its error says that it did not")
    mutating func deniedRun() {
        tally.end(tally.begin(), .notRun)
        #expect(violated() == [])
        #expect(violated(by: 1) == ["I5"])
        let worker = WorkerID(group: "g", slot: 0, incarnation: 1)
        #expect(CallTally.Ending(CallError.workerDied(worker, .signal(9), .notSent)) == .notRun)
        #expect(CallTally.Ending(CallError.workerDied(worker, .signal(9), .maybeExecuted)) == .failed)
        #expect(CallTally.Ending(CallError.shuttingDown) == .notRun)
        #expect(CallTally.Ending(CancellationError()) == .failed)
    }

    @Test("I6: a call that ran twice is noticed, and one that nobody made")
    mutating func repeatedRun() {
        tally.end(tally.begin(), .failed)
        #expect(violated(by: 1) == [])
        #expect(violated(by: 1, 1) == ["I6"])
        #expect(violated(by: 1, 2) == ["I6"])
        #expect(violated(by: 1, .max, 0) == ["I6", "I6"])
    }

    @Test("I7: a bystander's call that did not return is noticed", arguments: [CallTally.Ending.failed, .notRun])
    mutating func bystander(_ ending: CallTally.Ending) {
        tally.end(tally.begin(isBystander: true), ending)
        #expect(violated() == ["I7"])
    }

    @Test("I2, I3, I4: each kind of thing that is left in this process is noticed by itself")
    func holdings() {
        var before = Holdings()
        (before.timers, before.watched) = (1, 2)
        (before.descriptors, before.threads) = (["/dev/null", "socket:[1]"], ["ac-loop-0"])
        func violated(_ change: (inout Holdings) -> Void) -> [String] {
            var after = before
            change(&after)
            return after.leftovers(since: before).map { String($0.prefix(2)) }
        }
        #expect(violated { $0.threads += ["ac-spawner"] } == [], "made once and kept")
        #expect(violated { ($0.descriptors, $0.timers, $0.watched) = ([], 0, 0) } == [])
        #expect(violated { $0.timers = 2 } == ["I2"])
        #expect(violated { $0.children = [7] } == ["I3"])
        #expect(violated { $0.descriptors += ["/dev/null"] } == ["I4"])
        #expect(violated { $0.watched = 3 } == ["I4"])
        #expect(violated { $0.threads += ["ac-loop-0"] } == ["I4"])
    }

    @Test("I2: a peer that keeps anything at all is not empty")
    func peers() {
        #expect(PeerLeftovers().isEmpty)
        for kept in [
            PeerLeftovers(pending: 1), PeerLeftovers(bookkeeping: 1), PeerLeftovers(running: 1),
            PeerLeftovers(queuedBytes: 1),
        ] {
            #expect(!kept.isEmpty)
        }
    }
}

extension ProcessTests {
    @Suite("The fixture's invariants, violated in earnest")
    struct Violations {
        /// Expects an inspection to find these invariants violated after `body`, and no others.
        private func expect(
            _ violated: Set<String>, after body: @escaping @Sendable (Cluster, Inspection) async throws -> Void
        ) async throws {
            let counter = try CallCounter()
            let inspection = try await Inspection(counter)
            try await CallCounter.$current.withValue(counter) {
                try await Cluster.run(Groups.all, options: Groups.options) { try await body($0, inspection) }
            }
            #expect(counter.count > 0)
            let isFound = try await eventually {
                Set(try await inspection.violations().map { String($0.prefix(2)) }) == violated
            }
            let left = try await inspection.violations()
            #expect(isFound, "\(left)")
        }

        @Test(
            "I5, I6: a worker's record of a run outlives it: of a second run, and of one that its call's error denies")
        func runs() async throws {
            try await expect(["I5", "I6"]) { cluster, _ in
                let counter = try #require(CallCounter.current)
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                #expect(try await pool.actor.echo("counted") == "counted")
                #expect(counter.records.all == [1])
                let worker = pool.workers[0]
                let denied = counter.begin()
                _ = await failure { try await worker.incarnation.exit(code: 3, call: denied) }
                counter.end(denied, .notRun)
                _ = try await pool.replacement(of: worker)
                #expect(try await pool.actor.echo("again", call: 1) == "again")
                #expect(counter.records.all == [1, 2, 1])
            }
        }

        @Test("I1, I2: a call that waits for its answer is noticed, and what its peer keeps of it")
        func pendingCall() async throws {
            let call = Lock<Task<(any Error)?, Never>?>(nil)
            try await expect([]) { cluster, inspection in
                let pool = try await cluster.start(Groups.probes, count: 1, options: rogueProgram(.neverAnswers))
                let made = Task { await failure { _ = try await pool.actor.echo("x") } }
                call.withLock { $0 = made }
                #expect(try await eventually { cluster.actorSystem.pendingCalls == 1 })
                inspection.keep(cluster.actorSystem.routes.peers)
                let found = try await inspection.violations()
                for text in ["I1: call 1 ended 0 times", "I2: of probes/0#1", "I2: 2 timers", "I3: ", "I4: "] {
                    #expect(found.contains { $0.hasPrefix(text) }, "\(text) in \(found)")
                }
            }
            _ = await call.withLock { $0 }?.value
        }

        @Test("I7: a bystander whose worker is killed is noticed")
        func killedBystander() async throws {
            try await expect(["I7"]) { cluster, _ in
                try await withBystander(in: cluster) {
                    let counter = try #require(CallCounter.current)
                    #expect(try await eventually { counter.records.all.count > 3 })
                    let worker = try #require(cluster.actorSystem.routes.peers.first?.worker)
                    let place = try #require(Groups.all.firstIndex { $0.name == Groups.bystanders.name })
                    let bystander = try #require(cluster.actorSystem.routes.pool(UInt32(place))?.slots.first)
                    #expect(bystander.worker == worker)
                    let count = counter.count
                    kill(try #require(bystander.pid), SIGKILL)
                    #expect(try await eventually { counter.count > count + 1 })
                }
            }
        }

        @Test("I2, I3, I4: a timer, a zombie, a socket and a second event loop's thread are noticed")
        func leftovers() async throws {
            let before = try await Holdings.current()
            @Sendable func violated() async throws -> [String] {
                try await Holdings.current().leftovers(since: before).map { String($0.prefix(2)) }
            }
            #expect(try await violated() == [])
            let process = try OwnedProcess("FaultyWorkers", ["usage"])
            #expect(Processes.waitUntilGone(process.pid, within: .seconds(5)))
            #expect(try await violated() == ["I3", "I4"], "its zombie, and the socket to it")
            process.end()

            let loop = try EventLoop.shared()
            let timer = await suspended { waiter in
                loop.execute { waiter.resume(returning: loop.schedule(at: .distantFuture) {}) }
            }
            #expect(try await violated().contains("I2"))
            loop.execute { loop.cancel(timer) }

            let (ours, theirs) = try Socket.pair()
            try startThread("ac-loop-0") {
                var byte: UInt8 = 0
                var entry = pollfd(fd: theirs.number, events: Int16(POLLIN), revents: 0)
                while poll(&entry, 1, -1) < 0 {}
                _ = withUnsafeMutableBytes(of: &byte) { try? theirs.read(into: $0) }
            }
            #expect(try await eventually { try await violated().filter { $0 == "I4" }.count == 2 })
            ours.shutDown()
            #expect(try await eventually { Processes.threads.count { $0 == "ac-loop-0" } == 1 })
        }
    }
}
