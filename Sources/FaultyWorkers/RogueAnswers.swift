import ActorCluster
import ActorClusterTesting
import FaultActors
import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What a rogue does at a call.
extension RogueWorker {
    /// `number` counts the calls, from 1.
    func answer(_ call: RawFrame, number: Int) throws {
        switch misdeed {
        case .neverAnswers, .repliesLate: return
        case .diesInThirdReply where number == 3:
            try pipe.send(bytes: RawPipe.bytes(of: .reply(id: call.id, body: firstArgument(of: call))).dropLast(4))
            _exit(3)
        case .diesWithUnreadCalls:
            try reply(to: call)
            guard number == 3 else { return }
            try pipe.waitForInput()
            _exit(4)
        case .repliesTwice:
            try reply(to: call)
            try reply(to: call)
        case .repliesAsTold:
            let body = try call.body.withUnsafeBytes { try Body.decode([UInt8].self, from: $0) }
            try pipe.send(.reply(id: call.id, body: body))
        case .sendsSkippableKinds:
            for kind: UInt8 in [128, 200, 255] { try pipe.send(frame: [kind] + call.body) }
            try reply(to: call)
        case .callsNowhere:
            try callNowhere()
            try reply(to: call)
        case .numbersOtherwise: try tell(call)
        default:
            guard try !breakProtocol(call) else { return }
            try reply(to: call)
        }
    }

    /// False: this misdeed is none of these.
    private func breakProtocol(_ call: RawFrame) throws -> Bool {
        let limit = UInt32(assignment?.frameLimit ?? 0)
        switch misdeed {
        case .repliesToNobody: try pipe.send(.reply(id: call.id + 1_000, body: call.body))
        case .sendsUnreadableError:
            try pipe.send(OutgoingFrame(.error, FrameNumbers(call.id), body: [0xC4, 0xFF, 0x00]))
        case .saysHelloTwice: try sendHello()
        case .sendsUnknownKind: try pipe.send(frame: [127] + call.body)
        case .sendsRandomBytes: try pipe.send(bytes: randomBytes())
        case .announcesTooMuch: try pipe.send(bytes: word(limit + 1))
        case .announcesTheMost: try pipe.send(bytes: word(.max))
        case .announcesTooManySlices: try pipe.send(bytes: word(FrameLayout.firstSlice | 1_024) + word(limit + 1))
        case .sendsEmptyFrame: try pipe.send(bytes: word(0))
        case .callsAsAnother:
            let request = CallRequest.relayed(
                actor: 1, target: 0, arguments: .whole([]), from: Caller(incarnation: 99, pool: 0, slot: 0))
            try pipe.send(OutgoingFrame.call(id: 1, request, remaining: 1_000_000_000))
        case .sendsCutFrame: try pipe.send(frame: [FrameKind.reply.rawValue, 1, 2, 3])
        default: return false
        }
        return true
    }

    private func word(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.littleEndian) { [UInt8]($0) } }

    private func randomBytes() -> [UInt8] {
        var random = SeededGenerator(seed: assignment?.worker.incarnation ?? 0)
        return (0..<64 << 10).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    /// Replies with the name of the method that was called and, each called through the primary by this worker's own
    /// numbers, the pid of a worker of the second pool and how a method ended that nobody has.
    private func tell(_ call: RawFrame) throws {
        let names = try names
        let name = names.indices.contains(Int(clamping: call.numbers.fourth)) ? names[Int(call.numbers.fourth)] : ""
        let pid = names.firstIndex { $0.contains("ProbeC3pid") } ?? 0
        var answers: [RawFrame] = []
        for (index, target) in [pid, 0, names.count].enumerated() {
            let address = ActorID(scope: .pool(1), number: ActorID.rootNumber)
            let arguments = index == 0 ? try Body.encode(0 as UInt64) : []
            let request = CallRequest.routed(address, target: UInt64(target), arguments: .whole(arguments))
            let id = 10 * call.id + CallID(index)
            try pipe.send(OutgoingFrame.call(id: id, request, remaining: 5_000_000_000))
            guard let answer = try pipe.receive(), answer.id == id else { _exit(5) }
            answers.append(answer)
        }
        guard answers[0].kind == .reply else { _exit(6) }
        let there = try answers[0].body.withUnsafeBytes { try Body.decode(Int32.self, from: $0) }
        let ends = try answers[1...].map { answer in
            guard answer.kind == .error else { return "\(answer.kind)" }
            return try answer.body.withUnsafeBytes { "\(try Failure(from: $0).reason)" }
        }
        let text = ([name, "\(there)"] + ends).joined(separator: " ")
        try pipe.send(.reply(id: call.id, body: try Body.encode(text)))
    }

    /// Waits for each answer, which must be an error.
    private func callNowhere() throws {
        let scopes: [ActorID.Scope] = [
            .incarnation(0), .incarnation(1 << 62 - 1), .pool(99), .pool(1 << 30 - 1), .slot(pool: 0, slot: .max),
            .slot(pool: 99, slot: 0),
        ]
        for (index, scope) in scopes.enumerated() {
            let request = CallRequest.routed(ActorID(scope: scope, number: .max), target: 0, arguments: .whole([]))
            let id = CallID(index + 1)
            try pipe.send(OutgoingFrame.call(id: id, request, remaining: 100_000_000))
            guard let answer = try pipe.receive(), answer.kind == .error, answer.id == id else { _exit(5) }
        }
    }
}
