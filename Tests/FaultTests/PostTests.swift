import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension ProcessTests {
    @Suite("one-way calls")
    struct Posts {
        @Test("C-11: ten thousand one-way calls, some with a buffer, arrive in order, none lost or doubled")
        func orderWithBuffers() async throws {
            try await withCluster { cluster in
                let (system, count) = (cluster.actorSystem, 10_000)
                let pool = try await cluster.start(Groups.postmen, count: 1, options: workerProgram())
                let postman = pool.workers[0].incarnation
                try await system.post {
                    for number in 0..<count {
                        if number % 100 == 7 {
                            let page = try SharedBuffer(withUnsafeBytes(of: number) { [UInt8]($0) })
                            try await postman.take(number, page: page)
                        } else {
                            try await postman.take(number, [])
                        }
                    }
                }
                #expect(try await postman.taken() == [count, 0])
            }
        }

        @Test("C-11: ten thousand one-way calls arrive in order, none lost or doubled, before a later call")
        func order() async throws {
            try await withCluster { cluster in
                let (system, count) = (cluster.actorSystem, 10_000)
                let pool = try await cluster.start(Groups.postmen, count: 1, options: workerProgram())
                let postman = pool.workers[0].incarnation
                try await system.post {
                    for number in 0..<count { try await postman.take(number, []) }
                }
                #expect(try await postman.taken() == [count, 0])
                #expect(try await eventually { system.postStatistics.underWay == 0 })
                #expect(system.postStatistics.posted == UInt64(count))
                #expect(system.postStatistics.completed == UInt64(count))
            }
        }

        @Test("M-11: a burst of 25 is three frames, the last in its time; what is left comes before a stop")
        func batches() async throws {
            // Long enough for a burst on a busy machine; the default is 100 ms.
            var options = Groups.options
            options.posts.delay = .milliseconds(250)
            try await withCluster(options) { cluster in
                let pool = try await cluster.start(Groups.postmen, count: 1, options: workerProgram())
                let peer = try #require(cluster.actorSystem.routes.peer(1))
                let board = Board(actorSystem: cluster.actorSystem)
                let before = peer.counts().framesReceived
                try await pool.actor.write(0..<25, on: board)
                // The answer has come behind the first two.
                #expect(peer.counts().framesReceived == before + 3)
                #expect(try await board.count() == 20)
                let start = MonotonicClock.now
                #expect(try await eventually { try await board.count() == 25 })
                #expect(MonotonicClock.now - start < .seconds(1) * TestLength.patience)
                #expect(peer.counts().framesReceived == before + 4)
                if TestLength.isLong {
                    try await Task.sleep(for: .seconds(1))
                    #expect(peer.counts().framesReceived == before + 4)
                }
                try await pool.actor.writeAndStop(25..<32, on: board)
                await pool.workers[0].stop()
                #expect(try await board.all() == (0..<32).map { "\($0)" })
            }
        }

        @Test("C-17: to a worker that stands still 1,000 are under way and no more; later they arrive in order")
        func bound() async throws {
            try await withCluster { cluster in
                let options = workerProgram { options in
                    options.health.suspectAfter = .seconds(60)
                    options.health.unresponsiveAfter = .seconds(120)
                }
                let (system, count) = (cluster.actorSystem, TestLength.isLong ? 100_000 : 4_000)
                let pool = try await cluster.start(Groups.postmen, count: 1, options: options)
                let (postman, pid) = (pool.workers[0].incarnation, try #require(pool.workers[0].pid))
                #expect(try await holdStill(pid))
                let memory = try #require(residentMemory(of: getpid()))
                let sender = Task {
                    try await withCallTimeout(.seconds(120)) {
                        try await system.post {
                            for number in 0..<count {
                                try await postman.take(number, [UInt8](repeating: 7, count: 1_024))
                            }
                        }
                    }
                }
                #expect(try await eventually { system.postStatistics.underWay == 1_000 })
                let full = await failure { try await system.post(whenFull: .fail) { try await postman.fail() } }
                #expect(
                    full as? CallError == .overloaded(group: "\(pool.workers[0].id)", queued: 1_000, limit: 1_000))
                let late = await failure {
                    try await withCallTimeout(.milliseconds(30)) { try await system.post { try await postman.fail() } }
                }
                guard case CallError.timeout(_, _, let worker?, .notSent)? = late else { return unexpected(late) }
                #expect(worker == pool.workers[0].id)
                let waiting = Task { await failure { try await system.post { try await postman.fail() } } }
                waiting.cancel()
                #expect(await waiting.value is CancellationError)
                #expect(system.postStatistics.posted == 1_000)
                #expect(try #require(residentMemory(of: getpid())) < memory + 64 << 20)
                kill(pid, SIGCONT)
                try await sender.value
                #expect(try await postman.taken() == [count, 0])
                #expect(try await eventually { system.postStatistics.completed == UInt64(count) })
            }
        }

        @Test("what a dead worker had not carried out is lost, a method that throws has failed, and both are counted")
        func counted() async throws {
            try await withCluster { cluster in
                let system = cluster.actorSystem
                let pool = try await cluster.start(Groups.postmen, count: 2, options: workerProgram())
                let (one, two) = (pool.workers[0].incarnation, pool.workers[1].incarnation)
                try await system.post { for _ in 0..<3 { try await one.fail() } }
                let value = await failure { try await system.post { _ = try await one.answer() } }
                guard case CallError.unsupportedCall(let text)? = value else { return unexpected(value) }
                #expect(text.contains("Postman.answer()"))
                #expect(try await eventually { system.postStatistics.failed == 3 })

                let pid = try #require(pool.workers[1].pid)
                #expect(try await holdStill(pid))
                try await system.post { for number in 0..<12 { try await two.take(number, []) } }
                kill(pid, SIGKILL)
                #expect(try await eventually { system.postStatistics.lost == 12 })
                #expect(system.postStatistics.underWay == 0)
                let gone = await failure { try await system.post { try await two.fail() } }
                guard case CallError.targetMissing? = gone else { return unexpected(gone) }
            }
        }

        @Test("one-way calls to another worker, to a slot and to a pool arrive in order, too")
        func elsewhere() async throws {
            try await withCluster { cluster in
                let system = cluster.actorSystem
                let pool = try await cluster.start(Groups.postmen, count: 2, options: workerProgram())
                let (one, two) = (pool.workers[0].actor, pool.workers[1].actor)
                let told = try await one.pass(0..<50, to: pool.workers[1].incarnation)
                #expect(told.posted <= 51, "the first went by way of the primary, as calls")
                #expect(try await eventually { try await two.taken() == [50, 0] })
                try await system.post { for number in 50..<75 { try await two.take(number, []) } }
                #expect(try await two.taken() == [75, 0])
                try await system.post { for number in 0..<75 { try await pool.actor.take(number, []) } }
                #expect(try await eventually { system.postStatistics.completed == 100 })
            }
        }
    }
}
