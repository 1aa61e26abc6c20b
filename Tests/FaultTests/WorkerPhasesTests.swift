import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension ProcessTests {
    @Suite("A: a worker dies, phase by phase")
    struct WorkerPhases {
        @Test(
            "A1: a worker that dies before hello, or before it is ready, is a failed start at once, not at a limit",
            arguments: zip([Misdeed.diesBeforeHello, .diesBeforeReady], [1, 2] as [Int32]))
        func diesWhileStarting(misdeed: Misdeed, code: Int32) async throws {
            try await withCluster(bystander: true) { cluster in
                let time = await elapsed {
                    let error = await failure {
                        _ = try await cluster.start(Groups.probes, count: 1, options: rogueProgram(misdeed))
                    }
                    guard case ClusterError.failedToInitialize(let worker, let why)? = error else {
                        return unexpected(error)
                    }
                    #expect(worker.description == "probes/0#2")
                    #expect(why.contains("exit code \(code)"))
                }
                #expect(time < .seconds(1))
            }
        }

        @Test(
            "A1: while replacements die before hello, calls stay queued, and the next sound one answers them in order")
        func callsStayQueued() async throws {
            try await withTemporaryDirectory { directory in
                try await withCluster(bystander: true) { cluster in
                    let options = workerProgram {
                        $0.process.arguments = Misdeed.diesBeforeHello.arguments(in: 2...3, countedIn: directory)
                        $0.backoff = Backoff(first: .milliseconds(20))
                    }
                    let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                    let first = pool.workers[0]
                    try send(SIGKILL, to: first)
                    #expect(try await eventually { first.state == .exited })
                    let calls = (0..<20).map { number in
                        Task { try await first.actor.echo(number, afterMilliseconds: 0) }
                    }
                    for (number, call) in calls.enumerated() { #expect(try await call.value == number) }
                    #expect(pool.workers[0].id.incarnation == first.id.incarnation + 3)
                    #expect(Set(Processes.entries(of: directory)) == ["life-1", "life-2", "life-3", "life-4"])
                }
            }
        }

        @Test(
            "A2: a worker that never says hello, or never gets ready, is killed at the limit and not before",
            arguments: [Misdeed.neverSaysHello, .neverReady])
        func neverStarts(misdeed: Misdeed) async throws {
            try await withCluster(bystander: true) { cluster in
                let limit = Duration.milliseconds(200)
                let time = await elapsed {
                    let error = await failure {
                        let options = rogueProgram(misdeed) { $0.timeouts.ready = limit }
                        _ = try await cluster.start(Groups.probes, count: 1, options: options)
                    }
                    switch error {
                    case ClusterError.noHello(_, after: limit)? where misdeed == .neverSaysHello: break
                    case ClusterError.notReady(_, after: limit)? where misdeed == .neverReady: break
                    default: unexpected(error)
                    }
                }
                #expect(time >= limit && time < .seconds(1.5))
            }
        }

        @Test("A3: what a factory throws arrives in at most 4 KiB, and no call is routed to a worker that failed")
        func failsToInitialize() async throws {
            try await withTemporaryDirectory { directory in
                try await withCluster(bystander: true) { cluster in
                    let start = await failure {
                        let options = rogueProgram(.failsToInitialize)
                        _ = try await cluster.start(Groups.probes, count: 1, options: options)
                    }
                    guard case ClusterError.failedToInitialize(_, let why)? = start else { return unexpected(start) }
                    #expect(why.hasPrefix("Rogue: éé"))
                    #expect(why.utf8.count <= Limits.errorText + "Rogue: ".utf8.count)

                    let options = workerProgram {
                        $0.process.arguments = Misdeed.failsToInitialize.arguments(in: 2...3, countedIn: directory)
                        $0.backoff = Backoff(first: .milliseconds(20))
                    }
                    let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                    let first = pool.workers[0]
                    try send(SIGKILL, to: first)
                    #expect(try await eventually { first.state == .exited })
                    #expect(try await pool.actor.echo("queued") == "queued")
                    #expect(pool.workers[0].id.incarnation == first.id.incarnation + 3)
                    #expect(!Processes.entries(of: directory).contains("called"))
                }
            }
        }

        @Test(
            "A3: a worker that says why it failed but does not leave is killed at the limit, and its own words are kept"
        )
        func failsAndStays() async throws {
            try await withCluster(bystander: true) { cluster in
                let error = await failure {
                    let options = rogueProgram(.failsAndStays) { $0.timeouts.ready = .milliseconds(200) }
                    _ = try await cluster.start(Groups.probes, count: 1, options: options)
                }
                guard case ClusterError.failedToInitialize(_, let why)? = error else { return unexpected(error) }
                #expect(why.hasPrefix("Rogue: "))
            }
        }

        @Test("A7: a worker that dies in the middle of its third reply: two replies arrive, half a reply is none")
        func diesInReply() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(
                    Groups.probes, count: 1, options: rogueProgram(.diesInThirdReply))
                let worker = pool.workers[0]
                #expect(try await worker.incarnation.echo("first") == "first")
                #expect(try await worker.incarnation.echo("second") == "second")
                let error = await failure { _ = try await worker.incarnation.echo("a third text") }
                #expect(error as? CallError == .workerDied(worker.id, .code(3), .maybeExecuted))
                #expect(try await pool.replacement(of: worker).incarnation.echo("next") == "next")
            }
        }

        @Test("A8: a worker that dies with calls unread: every whole reply is delivered, the other calls fail")
        func diesWithUnreadCalls() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(
                    Groups.probes, count: 1, options: rogueProgram(.diesWithUnreadCalls))
                let worker = pool.workers[0]
                let calls = (0..<100).map { number in Task { try await worker.incarnation.echo("call \(number)") } }
                var replies = 0
                for (number, call) in calls.enumerated() {
                    switch await call.result {
                    case .success(let text):
                        #expect(text == "call \(number)")
                        replies += 1
                    case .failure(CallError.workerDied(worker.id, .code(4), _)): continue
                    case .failure(CallError.targetMissing): continue
                    case .failure(let error): unexpected(error)
                    }
                }
                #expect(replies == 3)
            }
        }
    }
}
