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
                let pid = try #require(worker.pid)
                #expect(mappings(of: pid) == 1)
                kill(pid, SIGKILL)
                let isGone = try await eventually(within: .seconds(1) * TestLength.patience) {
                    mappings(of: pid) == 0 && SharedBuffer.descriptorCount == 1
                }
                #expect(isGone)
                _ = try await pool.replacement(of: worker)
                #expect(given.withUnsafeBytes { $0.allSatisfy { $0 == 9 } })
                #expect(SharedBuffer.descriptorCount == 1)
                withExtendedLifetime(given) {}
            }
        }

        @Test("C-13: when a primary is killed, nobody holds what it has given, or was given, after a second")
        func primaryDeath() async throws {
            try await withWatchedPrimary(["waitWithBuffers"]) { primary, _ in
                let pids = try primary.line(beginning: "").split(separator: " ").compactMap { Int32($0) }
                try #require(pids.count == 3)
                #expect(pids.map(mappings) == [2, 1, 1], "a worker that has given one away keeps nothing of it")
                let end = MonotonicClock.now + .seconds(1) * TestLength.patience
                primary.signal(SIGKILL)
                _ = primary.end(within: end - MonotonicClock.now)
                for pid in pids where !Processes.waitUntilGone(pid, within: end - MonotonicClock.now) {
                    Issue.record("\(pid) lives")
                    kill(pid, SIGKILL)
                }
                #expect(pids.map(mappings) == [0, 0, 0])
            }
        }

        @Test(
            "C-13: a buffer is mapped and not copied: there and back in 5 ms, however large, and no memory but its own",
            .quiet(ifLong: true), arguments: TestLength.isLong ? [100 << 20, 1 << 30] : [8 << 20])
        func handingOver(size: Int) async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.archives, count: 1, options: workerProgram())
                let (archive, pid) = (pool.workers[0].actor, try #require(pool.workers[0].pid))
                let buffer = try SharedBuffer(byteCount: size) { $0.initializeMemory(as: UInt8.self, repeating: 5) }
                _ = try await archive.echo(try SharedBuffer([1]))
                let before = (try #require(ownMemory(of: getpid())), try #require(ownMemory(of: pid)))
                var times: [Duration] = []
                for _ in 0..<20 {
                    times.append(
                        try await elapsed {
                            let back = try await archive.echo(buffer)
                            #expect(
                                back.count == size && back.withUnsafeBytes { $0[size / 2] == 5 && $0[size - 1] == 5 })
                        })
                }
                let median = times.sorted()[10]
                #expect(median < .milliseconds(5) * TestLength.patience)
                let after = (try #require(ownMemory(of: getpid())), try #require(ownMemory(of: pid)))
                #expect(max(after.0 - before.0, after.1 - before.1) < 4 << 20)
                if TestLength.isLong {
                    print("\(size >> 20) MiB there and back: median \(median), \(times.max() ?? .zero)")
                }
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
                guard case CallError.notEncodable(let text, .notSent)? = error else { return unexpected(error) }
                #expect(text.hasSuffix("a message carries 64 descriptors at most"), "\(text)")
            }
        }
    }
}

/// Bytes that this process's pipes have taken and given.
private func pipeBytes(_ cluster: Cluster) -> UInt64 {
    cluster.actorSystem.routes.peers.reduce(0) { $0 + $1.traffic }
}

/// Bytes of a process's memory that it shares with nobody and that are no file's.
private func ownMemory(of pid: Int32) -> Int? {
    let lines = Processes.read("/proc/\(pid)/status").split(separator: "\n")
    let words = lines.first { $0.hasPrefix("RssAnon:") }?.split(separator: " ")
    return words.flatMap { $0.count > 1 ? Int($0[1]) : nil }.map { $0 << 10 }
}

/// Shared memories that a process has mapped.
private func mappings(of pid: Int32 = getpid()) -> Int {
    let maps = Processes.read("/proc/\(pid)/maps")
    return maps.split(separator: "\n").count { $0.contains("/memfd:actorcluster") }
}
