import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("D: replies that no worker of ours sends")
    struct Replies {
        private static let depthLimit = MessageLimits.depth

        /// The bytes of arrays in arrays.
        private static func nest(_ depth: Int) -> [UInt8] {
            [UInt8](repeating: 0xC5, count: depth) + [UInt8](repeating: 0xC6, count: depth)
        }

        /// A pool whose replies are the bytes that a call gives, and the parrot through which they are asked for.
        private func withParrot(_ body: @escaping @Sendable (Parrot) async throws -> Void) async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: rogueProgram(.repliesAsTold))
                let worker = pool.workers[0].id
                let parrot = try Parrot.resolve(id: pool.actor.id, using: cluster.actorSystem)
                try await body(parrot)
                #expect(try await parrot.text([0x82, 0x68, 0x69]) == "hi", "the next call is not affected")
                #expect(pool.workers[0].id == worker, "the connection stays up")
            }
        }

        private func expectMalformed(
            _ what: String, at location: SourceLocation = #_sourceLocation, _ call: () async throws -> Void
        ) async {
            let error = await failure(of: call)
            guard case CallError.malformedMessage(let why, .maybeExecuted)? = error else {
                return unexpected(error, what, at: location)
            }
            #expect(why.utf8.count < 1_000, "\(what)", sourceLocation: location)
        }

        @Test("D5: a reply nested 64 deep decodes; 65 deep, or 10,000, is a malformed message of that call only")
        func depthBomb() async throws {
            try await withParrot { parrot in
                let deepest = try await parrot.nest(Self.nest(Self.depthLimit))
                #expect(deepest.depth == Self.depthLimit)
                for depth in [Self.depthLimit + 1, 10_000] {
                    await expectMalformed("\(depth) deep") { _ = try await parrot.nest(Self.nest(depth)) }
                    // The same in a field that the reader does not know and steps over.
                    await expectMalformed("\(depth) deep, unknown") {
                        _ = try await parrot.error([0xC4, 0x81, 0x78] + Self.nest(depth) + [0xC6])
                    }
                }
            }
        }

        /// The most that this process has ever mapped, in KiB: it shows what was reserved and never touched.
        private static func peakAddressSpace() -> Int {
            let line = Processes.read("/proc/self/status").split(separator: "\n").first { $0.hasPrefix("VmPeak:") }
            return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
        }

        @Test("D6: a reply of twelve bytes that claims 2³² elements is malformed, and nothing is allocated for it")
        func countBomb() async throws {
            try await withParrot { parrot in
                let peak = Self.peakAddressSpace()
                let length: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
                let rest = [UInt8](repeating: 0, count: 6)
                await expectMalformed("a string") { _ = try await parrot.text([0xCC] + length + rest) }
                await expectMalformed("bytes") { _ = try await parrot.bytes([0xCD] + length + rest) }
                await expectMalformed("bytes as numbers") { _ = try await parrot.bytes([0xCE, 0x00] + length + rest) }
                await expectMalformed("numbers") { _ = try await parrot.numbers([0xCE, 0x13] + length + rest) }
                await expectMalformed("small numbers") { _ = try await parrot.numbers([0xCE, 0x10] + length + rest) }
                await expectMalformed("numbers of no kind") {
                    _ = try await parrot.numbers([0xCE, 0x7F] + length + rest)
                }
                await expectMalformed("a key") { _ = try await parrot.error([0xC4, 0xC1] + length + rest) }
                // The smallest claim is 4 GiB; what else this process does takes far less.
                #expect(Self.peakAddressSpace() < peak + 3 << 20)
            }
        }

        @Test(
            "D7: bad UTF-8, bytes left over or missing, another type, a number too wide, a missing field, an unknown case"
        )
        func malformed() async throws {
            try await withParrot { parrot in
                await expectMalformed("bad UTF-8") { _ = try await parrot.text([0x82, 0xC3, 0x28]) }
                await expectMalformed("half a string") { _ = try await parrot.text([0x85, 0x68]) }
                await expectMalformed("nothing") { _ = try await parrot.text([]) }
                await expectMalformed("bytes left over") { _ = try await parrot.text([0x81, 0x68, 0x00]) }
                await expectMalformed("bytes for nothing") { try await parrot.nothing([0x00]) }
                try await parrot.nothing([])
                await expectMalformed("a number for a text") { _ = try await parrot.text([0x05]) }
                await expectMalformed("a text for a number") { _ = try await parrot.number([0x81, 0x68]) }
                await expectMalformed("two bytes for one") { _ = try await parrot.number([0xD1, 0x00, 0x10]) }
                await expectMalformed("an unknown tag") { _ = try await parrot.number([0xCF]) }
                await expectMalformed("an endless array") { _ = try await parrot.texts([0xC5, 0x81, 0x68]) }
                await expectMalformed("an end of nothing") { _ = try await parrot.texts([0xC6]) }
                await expectMalformed("an unknown case") { _ = try await parrot.mood([0x83, 0x6D, 0x61, 0x64]) }
                // "code" alone; the hint is missing.
                await expectMalformed("a missing field") {
                    _ = try await parrot.error([0xC4, 0x84, 0x63, 0x6F, 0x64, 0x65, 0x05, 0xC6])
                }
                let mood = try await parrot.mood([0x84, 0x63, 0x61, 0x6C, 0x6D])
                #expect(mood == .calm)
            }
        }

        @Test("random reply bodies of random lengths are values or malformed messages, and nothing else")
        func randomBodies() async throws {
            try await withParrot { parrot in
                var random = SeededGenerator(seed: 7)
                for _ in 0..<TestLength.rounds(300, long: 10_000) {
                    let body = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                        UInt8.random(in: 0...255, using: &random)
                    }
                    for call in [
                        { _ = try await parrot.text(body) }, { _ = try await parrot.numbers(body) },
                        { _ = try await parrot.error(body) }, { _ = try await parrot.nest(body) },
                    ] as [() async throws -> Void] {
                        switch await failure(of: call) {
                        case nil, CallError.malformedMessage(_, .maybeExecuted)?: continue
                        case let error?: return unexpected(error, "\(body)")
                        }
                    }
                }
            }
        }

        @Test("D12: of two replies to a call the first counts; the second is dropped and counted")
        func duplicateReplies() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: rogueProgram(.repliesTwice))
                let worker = pool.workers[0].id
                let peer = try #require(cluster.actorSystem.routes.peer(worker.incarnation))
                for number in 0..<100 { #expect(try await pool.actor.echo("\(number)") == "\(number)") }
                #expect(try await eventually { peer.counts().lateReplies == 100 })
                #expect(peer.counts().inFlight == 0)
            }
        }

        @Test("D12: a reply after its call timed out or was cancelled is dropped and counted, and frees its place")
        func lateReplies() async throws {
            try await withCluster(bystander: true) { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: rogueProgram(.repliesLate))
                let worker = pool.workers[0].id
                let peer = try #require(cluster.actorSystem.routes.peer(worker.incarnation))
                let late = await failure {
                    try await withCallTimeout(.milliseconds(50)) { _ = try await pool.actor.echo("late") }
                }
                guard case CallError.timeout(_, _, _, .maybeExecuted)? = late else { return unexpected(late) }
                #expect(try await eventually { peer.counts().lateReplies == 1 && peer.counts().inFlight == 0 })
                let call = Task { await failure { _ = try await pool.actor.echo("withdrawn") } }
                #expect(try await eventually { peer.counts().inFlight == 1 })
                call.cancel()
                #expect(await call.value is CancellationError)
                #expect(try await eventually { peer.counts().lateReplies == 2 && peer.counts().inFlight == 0 })
                #expect(pool.workers[0].id == worker)
            }
        }
    }
}
