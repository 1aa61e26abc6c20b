package import ActorCluster
package import ProcessIO

/// A primary in the hands of a test: one worker process, and the raw pipe to it. Blocks the thread that uses it.
package final class RawPrimary {
    package let worker: OwnedProcess
    package let pipe: RawPipe
    private var lastID: CallID = 0
    /// Where one call is answered after the next: that order is nobody's promise.
    private var early: [CallID: Answer] = [:]
    /// Of the worker's targets, as it has said. The index is the number.
    package private(set) var names: [String] = []
    private var numbers: [String: UInt64] = [:]

    /// How long it waits for anything.
    package static let patience = Duration.seconds(10) * TestLength.patience

    /// Starts the tests' worker program; nothing has been said yet.
    package init(arguments: [String] = [], environment: [String: String] = [:]) throws {
        let mark = environment.merging(["ACTORCLUSTER_WORKER": "1"]) { _, new in new }
        worker = try OwnedProcess("FaultyWorkers", arguments, environment: mark)
        pipe = RawPipe(worker.channel)
    }

    // MARK: Beginning

    /// Says hello, exchanges names and waits until the worker is ready. It has no targets of its own.
    package func start(group: String = "probes") throws {
        try sendHello(group: group)
        _ = try receive(.hello)
        try sendNames([])
        try receiveNames()
        _ = try receive(.ready)
    }

    package func sendNames(_ names: [String]) throws {
        for run in NameList.runs(of: names) { try pipe.send(.names(run, of: names.count)) }
    }

    package func receiveNames() throws {
        var list = NameList()
        var isComplete = false
        while !isComplete {
            let frame = try receive(.names)
            let run = try frame.body.withUnsafeBytes { try Body.decode([String].self, from: $0) }
            isComplete = try list.add(run, of: frame.numbers.first)
        }
        use(names: list.names)
    }

    /// For a worker that does not send them.
    package func use(names: [String]) {
        self.names = names
        numbers = Dictionary(uniqueKeysWithValues: zip(names, 0...))
    }

    package func sendHello(
        group: String = "probes", version: UInt64 = Hello.protocolVersion, fingerprint: UInt64 = 0
    ) throws {
        let assignment = Hello.Assignment(
            worker: WorkerID(group: group, slot: 0, incarnation: 1), pool: 0, frameLimit: Limits.frame,
            callTimeout: .seconds(60))
        let hello = Hello(fingerprint: fingerprint, assignment: assignment)
        try pipe.send(OutgoingFrame(.hello, FrameNumbers(version), body: try Body.encode(hello)))
    }

    // MARK: Other workers

    /// Sends the end of a pipe to another worker. The worker has been told before that descriptors will come.
    package func introduce(_ other: WorkerID, number: UInt64, _ end: SharedDescriptor) throws {
        let frames = [
            OutgoingFrame(.descriptors, FrameNumbers(1)),
            try OutgoingFrame.introduced(to: other, number: number, end),
        ]
        try pipe.send(bytes: frames.flatMap(RawPipe.bytes), passing: end)
    }

    /// Tells the worker that descriptors will come, and waits until it looks for them.
    package func beginToPass() throws {
        try pipe.send(OutgoingFrame(.passing, FrameNumbers(0)))
        _ = try receive(.passing)
    }

    // MARK: Calls

    package enum Answer: Equatable, Sendable {
        case reply([UInt8])
        case failure(ActorCluster.Failure)
    }

    /// The next frame; `nil`: the worker is gone.
    package func receive() throws -> RawFrame? { try pipe.receive(within: Self.patience) }

    /// The next frame, which must be of this kind.
    package func receive(_ kind: FrameKind) throws -> RawFrame {
        guard let frame = try receive() else { throw RawPipe.Failure.closed }
        guard frame.kind == kind else { throw OtherFrame(kind: frame.kind, numbers: frame.numbers) }
        return frame
    }

    package struct OtherFrame: Error {
        package let kind: FrameKind
        package let numbers: FrameNumbers
    }

    /// The worker's number of a method, by its wire name. Throws when the worker has no such method.
    package func number(of target: String) throws -> UInt64 {
        guard let number = numbers[target] else { throw UnknownName(name: target) }
        return number
    }

    package struct UnknownName: Error { package let name: String }

    /// Sends a call, to the root actor if nothing else is said, and returns its number.
    @discardableResult
    package func send(
        _ target: String, actor: UInt64 = ActorID.rootNumber, _ arguments: [UInt8] = [], id: CallID? = nil
    ) throws -> CallID {
        try send(number: number(of: target), actor: actor, arguments, id: id)
    }

    /// The same by the target's number.
    @discardableResult
    package func send(
        number target: UInt64, actor: UInt64 = ActorID.rootNumber, _ arguments: [UInt8] = [], id: CallID? = nil
    ) throws -> CallID {
        lastID = id ?? lastID + 1
        let request = CallRequest.method(actor: actor, target: target, arguments: .whole(arguments))
        try pipe.send(OutgoingFrame.call(id: lastID, request, remaining: 60_000_000_000))
        return lastID
    }

    /// The answer to a call. Answers to others that come before it are kept, all other frames dropped.
    package func answer(to id: CallID) throws -> Answer {
        if let early = early.removeValue(forKey: id) { return early }
        while let frame = try receive() {
            let answer: Answer
            switch frame.kind {
            case .reply: answer = .reply(frame.body)
            case .error: answer = .failure(try frame.body.withUnsafeBytes { try Body.decode(Failure.self, from: $0) })
            default: continue
            }
            if frame.id == id { return answer }
            early[frame.id] = answer
        }
        throw RawPipe.Failure.closed
    }

    /// One call and its answer.
    package func call(
        _ target: String, actor: UInt64 = ActorID.rootNumber, _ arguments: [UInt8] = []
    ) throws -> Answer {
        try answer(to: send(target, actor: actor, arguments))
    }

    /// The same by the target's number.
    package func call(
        number target: UInt64, actor: UInt64 = ActorID.rootNumber, _ arguments: [UInt8] = []
    ) throws -> Answer {
        try answer(to: send(number: target, actor: actor, arguments))
    }
}
