import ActorCluster
import ActorClusterTesting
import Testing

@Suite("The end of one process")
struct WorkerEndTests {
    /// A process whose pipe still holds messages, in the hands of a loop that sees the two ends in any order.
    private struct Ending {
        enum Seen: Equatable {
            case message(Int)
            case disconnected(intentional: Bool)
            case callsFailed(EndStatus)
            case exited(EndStatus)
        }

        var end = WorkerEnd()
        var messages = 0
        var isPipeOver = false
        var isLate = false
        var seen: [Seen] = []

        /// Delivers so many messages, or all and the end of the pipe.
        mutating func read(most: Int) {
            guard !isPipeOver else { return }
            let first = seen.count { if case .message = $0 { true } else { false } }
            for number in first..<min(messages, first + most) { seen.append(.message(number)) }
            guard first + most > messages else { return }
            isPipeOver = true
            perform(end.pipeEnded())
        }

        mutating func perform(_ actions: [WorkerEnd.Action]) {
            for action in actions {
                switch action {
                case .readToEnd:
                    read(most: .max - messages)
                    perform(end.pipeEnded())
                case .disconnected(let intentional): seen.append(.disconnected(intentional: intentional))
                case .awaitStatus: isLate = true
                case .failCalls(let status): seen.append(.callsFailed(status))
                case .exited(let status, _, _): seen.append(.exited(status))
                }
            }
        }
    }

    @Test("A13: in any order of pidfd and socket: messages, then disconnected, then exited, each once")
    func orders() {
        var generator = SeededGenerator(seed: TestLength.seed)
        for _ in 0..<TestLength.rounds(10_000, long: 1_000_000) {
            var ending = Ending()
            ending.messages = generator.below(6)
            let status = EndStatus.code(Int32(generator.below(3)))
            var isReaped = false
            var isTimerOver = false
            // As long as something is left that the loop can see, in an order of chance, some of it more than once.
            for _ in 0..<100 where !(isReaped && ending.isPipeOver && generator.below(4) == 0) {
                switch generator.below(6) {
                case 0 where ending.isPipeOver: ending.perform(ending.end.pipeEnded())
                case 1: if generator.below(8) == 0 { ending.end.stop([.drain, .terminate, .kill][generator.below(3)]) }
                case 2:
                    isReaped = true
                    ending.perform(ending.end.processEnded(status))
                case 3 where ending.isLate:
                    isTimerOver = true
                    ending.perform(ending.end.statusIsLate())
                default: ending.read(most: 1 + generator.below(3))
                }
            }
            let messages = (0..<ending.messages).map(Ending.Seen.message)
            #expect(Array(ending.seen.prefix(messages.count)) == messages)
            let rest = ending.seen.dropFirst(messages.count).map { seen in
                if case .disconnected = seen { return Ending.Seen.disconnected(intentional: true) }
                return seen
            }
            let failed = ending.seen.compactMap { seen in
                if case .callsFailed(let status) = seen { status } else { nil }
            }
            #expect(failed.count == 1)
            #expect(failed == [status] || isTimerOver && failed == [.unknown])
            #expect(rest == [.disconnected(intentional: true), .callsFailed(failed[0]), .exited(status)])
        }
    }

    private static func end(
        _ stages: [ShutdownPlan.Stage] = [], leaves: Bool = false, _ status: EndStatus
    ) -> [WorkerEnd.Action] {
        var end = WorkerEnd()
        if leaves { end.leaves() }
        for stage in stages { end.stop(stage) }
        _ = end.processEnded(status)
        return end.pipeEnded()
    }

    @Test("L-08: an exit is intentional when it was asked for, by whomever; a crash and a kill from outside are not")
    func intentional() {
        let cases: [([ShutdownPlan.Stage], Bool, EndStatus, Bool)] = [
            ([], false, .code(42), false), ([], false, .code(0), false), ([], false, .signal(9), false),
            ([.drain], false, .code(0), true), ([.drain, .terminate, .kill], false, .signal(9), true),
            ([], true, .code(0), true), ([], false, .signal(15), true), ([.kill], false, .signal(9), false),
            ([.terminate], false, .signal(15), false),
        ]
        for (stages, leaves, status, expected) in cases {
            let actions = Self.end(stages, leaves: leaves, status)
            #expect(actions.first == .disconnected(intentional: expected), "\(stages) \(status)")
            guard case .exited(status, intentional: expected, forced: _)? = actions.last else {
                Issue.record("\(stages) \(status): \(actions)")
                continue
            }
        }
    }

    @Test("G-03: an exit is forced when the worker did not leave in its time, whoever ended it")
    func forced() {
        let cases: [([ShutdownPlan.Stage], EndStatus, Bool)] = [
            ([.drain], .code(0), false), ([.drain], .code(1), true), ([.drain, .terminate], .code(0), false),
            ([.drain, .terminate], .signal(15), true), ([.drain, .terminate], .signal(9), false),
            ([.drain, .terminate, .kill], .signal(9), true),
            ([.kill], .signal(9), true), ([], .signal(9), false), ([], .code(1), false), ([.kill], .code(3), false),
        ]
        for (stages, status, expected) in cases {
            guard case .exited(status, intentional: _, forced: expected)? = Self.end(stages, status).last else {
                Issue.record("\(stages) \(status)")
                continue
            }
        }
    }
}
