import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension ProcessTests {
    @Suite("shared buffers")
    struct SharedBuffers {
        private static let mebibytes = TestLength.rounds(4, long: 100)

        @Test("C-13: a large buffer arrives as it is, few bytes cross the pipe, and nothing of it is left")
        func large() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.archives, count: 1, options: workerProgram())
                let worker = pool.workers[0]
                do {
                    let buffer = try SharedBuffer(byteCount: Self.mebibytes << 20) { bytes in
                        for offset in stride(from: 0, to: bytes.count, by: 4_096) {
                            bytes.storeBytes(of: offset &* 0x9E37_79B9, toByteOffset: offset, as: Int.self)
                        }
                    }
                    let before = pipeBytes(cluster)
                    #expect(try await worker.actor.checksum(of: buffer) == buffer.checksum)
                    let back = try await worker.actor.echo(buffer)
                    #expect(pipeBytes(cluster) - before < 64 << 10)
                    #expect(back.count == buffer.count && back.checksum == buffer.checksum)
                }
                #expect(try await eventually { try await worker.actor.memories() == 0 })
                #expect(try await eventually { SharedBuffer.descriptorCount == 0 && mappings() == 0 })
            }
        }

        @Test("buffers may lie in structures, arrays and optionals, be empty, come twice, and be made by a worker")
        func places() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.archives, count: 1, options: workerProgram())
                let pages = try (0..<5).map { try SharedBuffer([UInt8](repeating: UInt8($0), count: 1_000 * $0)) }
                let folder = Archive.Folder(title: "five", pages: pages + pages, cover: pages[3])
                let back = try await pool.actor.file(folder, keeping: false)
                #expect(back.pages.map(\.checksum) == (pages + pages).map(\.checksum))
                #expect(back.pages.map(\.count) == (pages + pages).map(\.count))
                #expect(back.cover?.checksum == pages[3].checksum)
                #expect(try await pool.actor.file(.init(title: "", pages: [], cover: nil), keeping: false).cover == nil)
                let made = try await pool.actor.blank(byteCount: 10_000, filledWith: 7)
                #expect(made.withUnsafeBytes { $0.count == 10_000 && $0.allSatisfy { $0 == 7 } })
            }
        }

        @Test("C-13: what a worker held is gone with it, and what it gave stays with whoever has it")
        func death() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.archives, count: 1, options: workerProgram())
                let worker = pool.workers[0]
                let given = try await worker.actor.blank(byteCount: 1 << 20, filledWith: 9)
                do {
                    let page = try SharedBuffer([1, 2, 3])
                    _ = try await worker.actor.file(.init(title: "", pages: [page], cover: nil), keeping: true)
                }
                #expect(try await worker.actor.memories() == 1)
                kill(try #require(worker.pid), SIGKILL)
                #expect(try await eventually { pool.workers[0].id != worker.id && pool.workers[0].state == .ready })
                #expect(given.withUnsafeBytes { $0.allSatisfy { $0 == 9 } })
                #expect(try await eventually { SharedBuffer.descriptorCount == 1 })
                withExtendedLifetime(given) {}
            }
        }

        @Test("C-11: numbered calls of which some have a buffer come in order, none lost, none doubled")
        func order() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.archives, count: 1, options: workerProgram())
                let (actor, count) = (pool.workers[0].actor, TestLength.rounds(500, long: 10_000))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<count {
                        let page = number % 3 == 0 ? try SharedBuffer(withUnsafeBytes(of: number) { [UInt8]($0) }) : nil
                        group.addImmediateTask { try await actor.note(number, page: page) }
                        if number % 100 == 99 { for _ in 0..<100 { try await group.next() } }
                    }
                    try await group.waitForAll()
                }
                #expect(try await actor.all() == Array(0..<count))
            }
        }

        @Test("F7: a worker without a free descriptor says so, and gets the buffer when it has one")
        func descriptorsLost() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.archives, count: 1, options: workerProgram())
                let (worker, page) = (pool.workers[0], try SharedBuffer([1, 2, 3]))
                let folder = Archive.Folder(title: "", pages: [page, try SharedBuffer([4])], cover: nil)
                try await worker.actor.refuseDescriptors(forMilliseconds: 60)
                #expect(try await worker.actor.file(folder, keeping: false).pages.count == 2)
                #expect(pool.workers[0].id == worker.id)

                try await worker.actor.refuseDescriptors(forMilliseconds: 300)
                let error = await failure {
                    try await withCallTimeout(.milliseconds(50)) {
                        _ = try await worker.actor.file(folder, keeping: false)
                    }
                }
                guard case CallError.timeout(_, _, _, .notSent)? = error else { return unexpected(error) }
                #expect(try await worker.actor.all() == [], "other calls go on")
            }
        }

        @Test("a buffer is refused where there is no call, and where a message has too many")
        func refused() async throws {
            let page = try SharedBuffer([1])
            #expect(throws: EncodingError.self) { try JSONEncoder().encode([page]) }
            #expect(throws: EncodingError.self) { try Body.encode([page]) }
            let json = Data("[0]".utf8)
            #expect(throws: DecodingError.self) { try JSONDecoder().decode([SharedBuffer].self, from: json) }
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.archives, count: 1, options: workerProgram())
                let pages = try (0...DescriptorGroup.most).map { try SharedBuffer([UInt8($0)]) }
                let most = Archive.Folder(title: "", pages: Array(pages.dropLast()), cover: nil)
                #expect(try await pool.actor.file(most, keeping: false).pages.count == DescriptorGroup.most)
                let error = await failure {
                    _ = try await pool.actor.file(.init(title: "", pages: pages, cover: nil), keeping: false)
                }
                guard case CallError.notEncodable(_, .notSent)? = error else { return unexpected(error) }
            }
        }
    }
}

/// Bytes that this process's pipes have taken and given.
private func pipeBytes(_ cluster: Cluster) -> UInt64 {
    cluster.actorSystem.routes.peers.reduce(0) { $0 + $1.traffic }
}

/// Shared memories that this process has mapped.
private func mappings() -> Int {
    let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
    return maps.split(separator: "\n").count { $0.contains("/memfd:actorcluster") }
}
