import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

/// What a pool's workers have printed.
private final class Printed: Sendable {
    private let lines = Lock<[OutputLine]>([])
    private let pause: Int

    /// Takes this long for a line, in milliseconds.
    init(pause: Int = 0) { self.pause = pause }

    var all: [OutputLine] { lines.withLock { $0 } }

    func take(_ line: OutputLine) {
        if pause > 0 { usleep(UInt32(pause) * 1_000) }
        lines.withLock { $0.append(line) }
    }

    func texts(of worker: WorkerID, isError: Bool) -> [String] {
        all.filter { $0.worker == worker && $0.isError == isError }.map(\.text)
    }
}

extension SharingTests {
    @Suite("output of workers")
    struct Output {
        /// 80 bytes with their line feed.
        private static let line = [UInt8](repeating: UInt8(ascii: "x"), count: 79) + [UInt8(ascii: "\n")]
        /// Of them 1 MB, and a last line without an end.
        private static let count = 12_500

        @Test("L-06: captured output arrives whole and in order, tagged by worker and stream, before the exit event")
        func captured() async throws {
            try await withCluster { cluster in
                let printed = Printed()
                let options = workerProgram {
                    $0.process.output = .lines { printed.take($0) }
                    $0.restart = .never
                    $0.optional = true
                }
                let pool = try await cluster.start(Groups.probes, count: 2, options: options)
                let events = pool.events
                let workers = pool.workers
                for isError in [false, true] {
                    // One after the other, because no more than 1 MiB of a worker has to wait for a reader that is
                    // late.
                    for worker in workers {
                        try await withCallTimeout(.seconds(60)) {
                            try await worker.actor.printBytes(Self.line, times: Self.count, toError: isError)
                        }
                        let isThere = try await eventually(within: .seconds(20) * TestLength.patience) {
                            printed.texts(of: worker.id, isError: isError).count == Self.count
                        }
                        #expect(isThere)
                        try await worker.actor.printBytes(Array("l\u{E9}st".utf8), times: 1, toError: isError)
                    }
                }
                for worker in workers { _ = await failure { try await worker.incarnation.exit(code: 3) } }
                var exits = 0
                for await event in events {
                    guard case .exited(.code(3), _, _, let lastOutput) = event.kind, let worker = event.worker else {
                        continue
                    }
                    exits += 1
                    for isError in [false, true] {
                        let texts = printed.texts(of: worker, isError: isError)
                        #expect(texts.count == Self.count + 1)
                        #expect(texts.last == "lést")
                        #expect(texts.dropLast().allSatisfy { $0.utf8.count == 79 })
                    }
                    #expect(lastOutput.count == 20 && lastOutput.last == "lést")
                    if exits == 2 { break }
                }
                #expect(printed.all.allSatisfy { $0.dropped == 0 })
            }
        }

        @Test(
            "L-06: output is the primary's own, every byte of it, or nothing is seen of it",
            arguments: ["inherit", "discard"])
        func passedOn(how: String) async throws {
            try await leavingNothing {
                try await onOwnThread {
                    let (output, error) = (try OutputPipe.pair(), try OutputPipe.pair())
                    let primary = try OwnedProcess(
                        "FaultyWorkers", ["print", how], output: output.writing, error: error.writing)
                    defer { primary.end() }
                    let sizes = try Self.count([output.reading, error.reading], until: primary)
                    #expect(sizes == (how == "inherit" ? [1_000_004, 1_000_004] : [0, 0]))
                    #expect(primary.waitForExit(within: .seconds(10) * TestLength.patience) == .code(0))
                }
            }
        }

        /// How many bytes come out of each until the process has ended.
        private static func count(_ pipes: [OutputPipe], until process: OwnedProcess) throws -> [Int] {
            var sizes = pipes.map { _ in 0 }
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
            defer { buffer.deallocate() }
            let end = MonotonicClock.now + .seconds(30) * TestLength.patience
            // First everything on the way fills up.
            var isOver = Processes.waitUntilGone(process.pid, within: .milliseconds(300))
            while !isOver, MonotonicClock.now < end {
                // What it has written before its end is there when the end is.
                isOver = Processes.waitUntilGone(process.pid, within: .milliseconds(1))
                for (index, pipe) in pipes.enumerated() {
                    while case .moved(let count) = try pipe.read(into: buffer) { sizes[index] += count }
                }
            }
            return sizes
        }

        @Test("L-06: what a program prints comes line by line, not when a buffer is full")
        func lineByLine() async throws {
            try await withCluster { cluster in
                let printed = Printed()
                let options = workerProgram { $0.process.output = .lines { printed.take($0) } }
                let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                try await pool.actor.printLine("hello")
                #expect(try await eventually { printed.all.map(\.text) == ["hello"] })
            }
        }

        @Test("a program that does not take the lines loses the oldest and is told how many; its cluster goes on")
        func slowReader() async throws {
            try await withCluster(bystander: true) { cluster in
                let gate = DispatchSemaphore(value: 0)
                // Whatever happens here, the thread that waits there is not the next test's.
                defer { gate.signal() }
                let printed = Printed()
                let options = workerProgram {
                    $0.process.output = .lines { line in
                        if line.text == "first" { gate.wait() }
                        printed.take(line)
                    }
                }
                let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                let worker = pool.workers[0]
                try await withCallTimeout(.seconds(60)) {
                    try await worker.actor.printBytes(Array("first\n".utf8), times: 1, toError: false)
                    // Neither stream is held up, however much comes.
                    try await worker.actor.printBytes(Self.line, times: 2 * Self.count, toError: false)
                    try await worker.actor.printBytes(Self.line, times: 2 * Self.count, toError: true)
                }
                let time = try await elapsed {
                    try send(SIGKILL, to: worker)
                    _ = try await pool.replacement(of: worker)
                }
                #expect(time < .seconds(3) * TestLength.patience)
                gate.signal()
                let total = 4 * Self.count + 1
                let isThere = try await eventually {
                    let lines = printed.all
                    return lines.count + lines.reduce(0) { $0 + $1.dropped } == total
                }
                #expect(isThere)
                let dropped = printed.all.filter { $0.dropped > 0 }
                #expect(dropped.count == 1 && dropped[0] == printed.all[1])
                #expect(printed.all.count <= 16_385)
            }
        }

        @Test(
            "the last lines of standard error are told with the exit, the words of a Swift trap among them",
            arguments: ["inherit", "discard", "lines"])
        func lastWords(how: String) async throws {
            try await withCluster { cluster in
                let options = workerProgram {
                    switch how {
                    case "discard": $0.process.output = .discard
                    case "lines": $0.process.output = .lines { _ in }
                    default: break
                    }
                    // The thread sanitizer's runtime breaks down when another process takes its threads' stacks.
                    if TestLength.patience == 1 { $0.process.environment["SWIFT_BACKTRACE"] = nil }
                }
                let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                let events = pool.events
                _ = await failure { try await pool.workers[0].incarnation.stop(saying: "out of paper") }
                for await event in events {
                    guard case .exited(_, _, _, let lastOutput) = event.kind else { continue }
                    #expect(lastOutput.contains { $0.hasSuffix("Fatal error: out of paper") }, "\(lastOutput)")
                    #expect(lastOutput.count <= 20)
                    break
                }
            }
        }

        @Test("a child of a worker that keeps its output open does not hold up the event of its exit")
        func childKeepsOutput() async throws {
            try await withCluster { cluster in
                let printed = Printed()
                let options = workerProgram { $0.process.output = .lines { printed.take($0) } }
                let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                let worker = pool.workers[0]
                let child = try await worker.actor.startChild()
                defer { kill(child, SIGKILL) }
                try await worker.actor.printBytes(Array("last".utf8), times: 1, toError: true)
                let time = try await elapsed {
                    try send(SIGKILL, to: worker)
                    _ = try await pool.replacement(of: worker)
                }
                #expect(time < .seconds(1) * TestLength.patience)
                #expect(printed.texts(of: worker.id, isError: true) == ["last"])
            }
        }

        @Test("what a worker said before its end is part of the error when it cannot be started or kept alive")
        func story() async throws {
            let error = await failure {
                try await withCluster { cluster in
                    let trapped = await failure {
                        _ = try await cluster.start(Groups.trapping, count: 1, options: workerProgram())
                    }
                    guard case ClusterError.failedToInitialize(_, let why)? = trapped else {
                        return unexpected(trapped)
                    }
                    #expect(why.contains("Fatal error: no probe today"))

                    let options = workerProgram { $0.intensity = RestartIntensity(0) }
                    let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                    _ = await failure { try await pool.actor.stop(saying: "out of ink") }
                    try await Task.sleep(for: .seconds(60))
                }
            }
            guard case ClusterError.gaveUp(_, let story)? = error else { return unexpected(error) }
            #expect(story.contains("Fatal error: out of ink"))
        }

        @Test("L-06: a program that takes its time has had every line when it hears of the exit")
        func exitWaits() async throws {
            try await withCluster { cluster in
                let printed = Printed(pause: 1)
                let options = workerProgram { $0.process.output = .lines { printed.take($0) } }
                let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                let events = pool.events
                let worker = pool.workers[0]
                try await worker.actor.printBytes(Array("line\n".utf8), times: 100, toError: false)
                try send(SIGKILL, to: worker)
                for await event in events {
                    guard case .exited = event.kind else { continue }
                    #expect(printed.all.count == 100)
                    break
                }
            }
        }
    }
}
