import ActorCluster
import ActorClusterTesting
import FaultActors
import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A worker that breaks the rules: it speaks to its primary by raw frames and commits one `Misdeed`.
struct RogueWorker {
    let misdeed: Misdeed
    let pipe: RawPipe
    /// Where a marker may be left.
    var directory: String?
    /// Who the primary says this is.
    var assignment: Hello.Assignment?

    /// Returns if the arguments do not ask for a rogue in this life; otherwise the process ends here.
    static func run(_ arguments: [String]) throws {
        guard arguments.count >= 2, arguments[0] == "rogue", let misdeed = Misdeed(rawValue: arguments[1]) else {
            return
        }
        var directory: String?
        if arguments.count == 5, let first = Int(arguments[2]), let last = Int(arguments[3]) {
            directory = arguments[4]
            guard (first...last).contains(beginLife(countedIn: arguments[4])) else { return }
        }
        // Of the bytes that come, a rogue that leaves calls unread takes no more than it answers.
        let pipe = RawPipe(
            Socket(FileDescriptor(owning: SpawnPlan.channel)),
            readSize: misdeed == .diesWithUnreadCalls ? 1 : 64 << 10)
        var worker = RogueWorker(misdeed: misdeed, pipe: pipe, directory: directory)
        do {
            try worker.begin()
            try worker.serve()
        } catch RawPipe.Failure.closed {
            // The primary has had enough of it.
        }
        _exit(0)
    }

    /// The number of this life, from 1: each leaves a file that the next one finds.
    private static func beginLife(countedIn directory: String) -> Int {
        var life = 1
        while true {
            let file = open("\(directory)/life-\(life)", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
            if file >= 0 || errno != EEXIST {
                close(file)
                return life
            }
            life += 1
        }
    }

    // MARK: Beginning

    private mutating func begin() throws {
        switch misdeed {
        case .diesBeforeHello: _exit(1)
        case .neverSaysHello: try listen()
        case .callsBeforeHello:
            try pipe.send(OutgoingFrame.call(id: 1, .health, remaining: 0))
            try listen()
        case .speaksAnotherVersion:
            try sendHello(version: Hello.protocolVersion + 1)
            try listen()
        default: try sendHello()
        }
        assignment = try receiveAssignment()
        try sendNames()
        switch misdeed {
        case .diesBeforeReady: _exit(2)
        case .neverReady: try listen()
        case .failsToInitialize, .failsAndStays: try failToInitialize()
        default: try pipe.send(OutgoingFrame(.ready))
        }
    }

    func sendHello(version: UInt64 = Hello.protocolVersion) throws {
        try pipe.send(OutgoingFrame(.hello, FrameNumbers(version), body: try Body.encode(Hello(fingerprint: 0))))
    }

    /// Of its targets, in the order of their numbers.
    var names: [String] {
        get throws {
            let names = try TargetTable.ofThisBinary.get().names
            guard misdeed == .numbersOtherwise else { return names }
            return Misdeed.otherNames(names)
        }
    }

    private func sendNames() throws {
        let names = try names
        for run in NameList.runs(of: names) { try pipe.send(.names(run, of: names.count)) }
    }

    private func receiveAssignment() throws -> Hello.Assignment? {
        guard let frame = try pipe.receive(), frame.kind == .hello else { return nil }
        return try frame.body.withUnsafeBytes { try Body.decode(Hello.self, from: $0) }.assignment
    }

    private func failToInitialize() throws {
        var failure = Failure(.thrown, typeName: "Rogue")
        failure.text = String(repeating: "é", count: 100_000)
        try pipe.send(OutgoingFrame(.failed, body: try Body.encode(failure)))
        if misdeed == .failsAndStays { try listen() }
        if let frame = try? pipe.receive(within: .milliseconds(50)), frame.kind == .call, let directory {
            close(open("\(directory)/called", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600))
        }
        _exit(70)
    }

    /// Says nothing more until the primary is gone.
    private func listen() throws -> Never {
        while try pipe.receive() != nil {}
        _exit(0)
    }

    // MARK: Serving

    private mutating func serve() throws {
        var calls = 0
        var withheld: [RawFrame] = []
        while let frame = try pipe.receive() {
            switch frame.kind {
            case .call:
                calls += 1
                withheld.append(frame)
                try answer(frame, number: calls)
            case .cancel where misdeed == .repliesLate:
                guard let call = withheld.first(where: { $0.id == frame.id }) else { continue }
                try reply(to: call)
            case .ping where misdeed != .neverAnswers:
                try pipe.send(OutgoingFrame(.pong, FrameNumbers(frame.id)))
            case .drain: return
            default: continue
            }
        }
    }

    /// With its own first argument, which is the result of an echo.
    func reply(to call: RawFrame) throws { try pipe.send(.reply(id: call.id, body: firstArgument(of: call))) }

    func firstArgument(of call: RawFrame) throws -> [UInt8] {
        let reader = MessageReader.borrow()
        defer { reader.giveBack() }
        _ = try call.body.withUnsafeBytes { try reader.read(String.self, from: $0) }
        return Array(call.body.prefix(reader.position))
    }
}
