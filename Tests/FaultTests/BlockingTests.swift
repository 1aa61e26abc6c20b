import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    /// Handlers that keep their threads. Times are a tenth of the real ones; a bound below 1 s is asserted as 1 s.
    @Suite("blocking handlers")
    struct BlockingTests {
        /// A sanitizer makes the machine so slow that fewer rounds meet as many hand-overs.
        private static let rounds = TestLength.patience == 1 ? 20 : 5

        @Test(
            "B4, B5: one handler may keep its thread, or many every thread there is, spinning or asleep: each ping is answered",
            arguments: ["spin", "sleepInC"], [1, 2 * ProcessInfo.processInfo.activeProcessorCount])
        func pongs(method: String, handlers: Int) async throws {
            try await withRawPrimary { primary in
                try primary.start()
                let target = try Targets.named("Bouncer.\(method)(milliseconds:)")
                let actors = try (0..<handlers).map { _ in
                    let made = try primary.call(Targets.named("Probe.makeBouncer()"))
                    guard case .reply(let bytes) = made else { throw RawPipe.Failure.closed }
                    return try bytes.withUnsafeBytes { try Body.decode(ActorID.self, from: $0).number }
                }
                for actor in actors { try primary.send(target, actor: actor, Body.encode(60_000)) }
                if handlers > 1 {
                    try primary.send(Targets.named("Probe.blockAllThreads(milliseconds:)"), Body.encode(60_000))
                }
                let start = MonotonicClock.now
                var slowest = Duration.zero
                var number: UInt64 = 0
                while MonotonicClock.now < start + .milliseconds(250) {
                    number += 1
                    let asked = MonotonicClock.now
                    try primary.pipe.send(OutgoingFrame(.ping, FrameNumbers(number)))
                    while let frame = try primary.receive(), frame.kind != .pong || frame.id != number {}
                    slowest = max(slowest, MonotonicClock.now - asked)
                }
                #expect(number > 1)
                #expect(slowest < .seconds(1) * TestLength.patience)
            }
        }

        @Test("B4: a handler that spins past its caller's limit is a timeout in time, and other calls go on meanwhile")
        func spinningHandler() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let other = try await pool.actor.makeBouncer()
                let time = try await elapsed {
                    async let spinning = failure {
                        try await withCallTimeout(.milliseconds(500)) {
                            try await pool.actor.spin(milliseconds: 60_000)
                        }
                    }
                    for _ in 0..<20 {
                        let home = try await other.home()
                        #expect(home == "\(other.id)")
                    }
                    guard case CallError.timeout(_, _, _, .maybeExecuted)? = await spinning else {
                        return unexpected(await spinning)
                    }
                }
                #expect(time >= .milliseconds(500))
                #expect(time < .milliseconds(1_500) * TestLength.patience)
                #expect(pool.workers[0].state == .ready)
                let lag = try await pool.workers[0].healthCheck().executorLag
                #expect(lag < .seconds(1) * TestLength.patience)
                try send(SIGKILL, to: pool.workers[0])
            }
        }

        @Test("a method goes on where calls are run when a call of its own has been answered")
        func goesOn() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let (there, here) = (try await pool.actor.makeBouncer(), Bouncer(actorSystem: cluster.actorSystem))
                async let threads = there.threads(around: "goesOn", of: here)
                try await here.open("goesOn")
                for thread in try await threads { #expect(thread.hasPrefix("ac-loop")) }
            }
        }

        #if !OFFICIAL_EXECUTION
        @Test("a method that has made a call goes on although calls that came later keep every thread of the loop")
        func goesOnBesideBlocked() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let (there, here) = (try await pool.actor.makeBouncer(), Bouncer(actorSystem: cluster.actorSystem))
                async let threads = there.threads(around: "goesOnBesideBlocked", of: here)
                var sleeping: [Task<Void, any Error>] = []
                for _ in 0..<max(2, ProcessInfo.processInfo.activeProcessorCount) {
                    let sleeper = try await pool.actor.makeBouncer()
                    sleeping.append(Task { try await sleeper.sleepInC(milliseconds: 60_000) })
                }
                let unanswered = await failure {
                    while true { try await withCallTimeout(.milliseconds(500)) { try await pool.actor.nothing() } }
                }
                guard case CallError.timeout? = unanswered else { return unexpected(unanswered) }
                try await here.open("goesOnBesideBlocked")
                #expect(try await threads.last?.hasPrefix("ac-loop") == false)
                try send(SIGKILL, to: pool.workers[0])
                for task in sleeping { _ = await task.result }
            }
        }
        #endif

        @Test("B7: a caller is free at once when its call is cancelled, its place only when the handler ends")
        func ignoresCancellation() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: workerProgram())
                let peer = try #require(cluster.actorSystem.routes.peer(pool.workers[0].id.incarnation))
                let stubborn = Task { try await pool.actor.sleepStubbornly(milliseconds: 500) }
                let isThere = try await eventually { peer.counts().inFlight == 1 }
                #expect(isThere)
                stubborn.cancel()
                _ = await stubborn.result
                // The handler still runs.
                #expect(peer.counts().inFlight == 1)
                #expect(peer.counts().pending == 0)
                #expect(try await eventually { peer.counts().inFlight == 0 })
            }
        }

        @Test(
            "F4: a worker starts no more calls for a primary that does not read, answers no ping twice, and then goes on"
        )
        func primaryDoesNotRead() async throws {
            try await withRawPrimary { primary in
                try primary.start()
                let (method, size) = (try Targets.named("Probe.makeBytes(count:)"), 60_000)
                let calls = try (0..<1_000).map { _ in try primary.send(method, Body.encode(size)) }
                for number in 1...500 { try primary.pipe.send(OutgoingFrame(.ping, FrameNumbers(UInt64(number)))) }
                // It has taken all requests when the socket is empty; none of them is answered by more than it may
                // queue.
                #expect(Processes.waitUntilIdle(primary.worker.pid, within: .seconds(10)))
                let memory = Processes.peakMemory(of: primary.worker.pid)
                #if OFFICIAL_EXECUTION
                // All calls are under way before the first one's method runs, and their replies are not bounded by
                // this.
                let limit = Int.max
                #else
                // A sanitizer's own memory is part of it.
                let limit = TestLength.patience == 1 ? 40 << 20 : Int.max
                #endif
                #expect(memory < limit, "\(memory) bytes, where all answers together are 60 MB")
                for call in calls {
                    guard case .reply(let body) = try primary.answer(to: call) else {
                        return unexpected(nil, "a reply")
                    }
                    #expect(body.count >= size)
                }
                try primary.pipe.send(OutgoingFrame(.ping, FrameNumbers(501)))
                var pongs: [UInt64] = []
                while pongs.last != 501, let frame = try primary.receive() {
                    if frame.kind == .pong { pongs.append(frame.id) }
                }
                #expect(pongs.count < 500)
            }
        }

        @Test("calls to one actor start in the order they were made, however often a handler's blocking moves the lead")
        func order() async throws {
            try await withRawPrimary { primary in
                try primary.start()
                let note = try Targets.named("Probe.note(_:blockMicroseconds:)")
                var random = SeededGenerator(seed: 7)
                let rounds = TestLength.rounds(Self.rounds, long: 2_000)
                for round in 0..<rounds {
                    let calls = try (1...500).map { index in
                        let blocks = Int.random(in: 0..<300, using: &random) == 0
                        let pause = blocks ? Int.random(in: 3_000...9_000, using: &random) : 0
                        return try primary.send(note, Body.encode(round * 500 + index) + Body.encode(pause))
                    }
                    for call in calls { _ = try primary.answer(to: call) }
                }
                let noted = try primary.call(Targets.named("Probe.noted()"))
                #expect(try noted == .reply(Body.encode([rounds * 500, 0])))
            }
        }

        @Test(
            "E2: methods that yield, sleep, spin, hop, spawn and cancel all return, while the lead moves in both processes"
        )
        func wandering() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 2, options: workerProgram())
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for caller in 0..<32 {
                        group.addTask { try await Self.wander(pool.workers[caller % 2].actor, seed: UInt64(caller)) }
                    }
                    try await group.waitForAll()
                }
            }
        }

        private static func wander(_ probe: Probe, seed: UInt64) async throws {
            var random = SeededGenerator(seed: seed)
            for _ in 0..<TestLength.rounds(Self.rounds, long: 2_000) {
                let steps = (0..<4).map { _ in UInt8.random(in: 0...255, using: &random) }
                let taken = try await withCallTimeout(.seconds(60)) { try await probe.wander(steps) }
                #expect(taken == steps)
                // The primary's own executor gets its share.
                if UInt8.random(in: 0...20, using: &random) == 0 { usleep(6_000) }
            }
        }
    }
}
