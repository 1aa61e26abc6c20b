import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("D: bytes on the pipe that no worker of ours sends")
    struct Bytes {
        @Test(
            "D3, D12, D13: whatever breaks the protocol ends the pipe and the process; its call fails, others do not notice",
            arguments: Misdeed.allCases.filter(\.breaksProtocol))
        func brokenProtocol(misdeed: Misdeed) async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: rogueProgram(misdeed))
                let worker = pool.workers[0]
                let time = await elapsed {
                    let error = await failure { _ = try await worker.incarnation.echo("x") }
                    guard case CallError.workerDied(worker.id, _, .maybeExecuted)? = error else {
                        return unexpected(error)
                    }
                }
                #expect(time < .seconds(1))
                let pid = try #require(worker.pid)
                #expect(try await waitUntilGone(pid, within: .seconds(1) * TestLength.patience))
                #expect(try await pool.replacement(of: worker).id.incarnation == worker.id.incarnation + 1)
            }
        }

        @Test("D13: frames of unknown kinds that may be skipped are skipped")
        func skippableKinds() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(
                    Groups.probes, count: 1, options: rogueProgram(.sendsSkippableKinds))
                let worker = pool.workers[0].id
                for number in 0..<10 { #expect(try await pool.actor.echo("\(number)") == "\(number)") }
                #expect(pool.workers[0].id == worker)
            }
        }

        @Test("D13: a worker that calls before it has said hello does not fit, and start says so")
        func callBeforeHello() async throws {
            try await withCluster(bystander: true) { cluster in
                let error = await failure {
                    _ = try await cluster.start(Groups.probes, count: 1, options: rogueProgram(.callsBeforeHello))
                }
                guard case ClusterError.incompatibleWorker(_, let why)? = error else { return unexpected(error) }
                #expect(why.contains("broke the protocol"))
            }
        }

        @Test("D14: a worker that speaks another version of the protocol does not fit, and start says so")
        func otherVersion() async throws {
            try await withCluster(bystander: true) { cluster in
                let error = await failure {
                    _ = try await cluster.start(Groups.probes, count: 2, options: rogueProgram(.speaksAnotherVersion))
                }
                guard case ClusterError.incompatibleWorker(_, let why)? = error else { return unexpected(error) }
                let ours = UInt32(truncatingIfNeeded: Hello.protocolVersion)
                #expect(why.contains("speaks version \(ours + 1) of the protocol and this process version \(ours)"))
            }
        }

        @Test("calls of a worker to pools, slots and processes that do not exist are errors for it and for nobody else")
        func callsNowhere() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: rogueProgram(.callsNowhere))
                let worker = pool.workers[0].id
                #expect(try await pool.actor.echo("answered") == "answered")
                #expect(pool.workers[0].id == worker)
            }
        }

        @Test(
            "D3, D13: a worker whose primary breaks the protocol leaves within a second, and with 125 if only the version differs",
            arguments: [
                [FrameKind.hello.rawValue], [127], [FrameKind.ready.rawValue], [FrameKind.call.rawValue, 1, 2],
                [FrameKind.reply.rawValue, 9, 0, 0, 0, 0, 0, 0, 0], [],
            ] as [[UInt8]])
        func brokenPrimary(frame: [UInt8]) async throws {
            try await withRawPrimary { primary in
                try primary.start()
                try primary.pipe.send(frame: frame)
                #expect(primary.worker.waitForExit(within: .seconds(1)) == .code(0))
            }
        }

        @Test("D13, D14: a primary that calls before hello, or speaks another version, is left at once")
        func strangePrimary() async throws {
            try await withRawPrimary { primary in
                try primary.send(number: 0)
                #expect(primary.worker.waitForExit(within: .seconds(1)) == .code(0))
            }
            try await withRawPrimary { primary in
                try primary.sendHello(version: Hello.protocolVersion + 1)
                #expect(primary.worker.waitForExit(within: .seconds(1)) == .code(125))
            }
        }
    }
}

extension ProcessTests {
    @Suite("D: random bytes on the pipe")
    struct RandomBytes {
        @Test(
            "D2: 64 KiB of random bytes end pipe and process, again and again, and the primary does not grow",
            .quiet(ifLong: true))
        func randomBytes() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(
                    Groups.probes, count: 1, options: rogueProgram(.sendsRandomBytes))
                var memory = Int.max
                let rounds = TestLength.rounds(20, long: 500)
                for round in 0..<rounds {
                    let worker = pool.workers[0]
                    let error = await failure { _ = try await worker.incarnation.echo("x") }
                    guard case CallError.workerDied(worker.id, _, .maybeExecuted)? = error else {
                        return unexpected(error, "seed \(worker.id.incarnation)")
                    }
                    _ = try await pool.replacement(of: worker)
                    // In few rounds a leak would not stand out from what other tests do meanwhile.
                    if TestLength.isLong, round == rounds / 10 { memory = residentMemory() }
                }
                #expect(residentMemory() - 5 << 20 * TestLength.patience < memory)
            }
        }
    }
}
