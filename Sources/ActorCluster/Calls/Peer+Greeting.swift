import ProcessIO
import Synchronization

/// A peer has said hello, but its table of targets is another one: the names of its targets are still to come.
struct HalfGreeting: Sendable {
    let hello: Hello
    var names = NameList()
}

// Each side says hello first. Where the fingerprints differ each sends its names then, before anything that has a
// target's number in it; what is called on a peer before its names are there is not sent.
extension Peer {
    func receiveHello(_ frame: IncomingFrame, _ owner: (any PeerOwner)?) throws {
        input.with(loop) { $0.hasHello = true }
        guard frame.numbers.first == Hello.protocolVersion else {
            throw ProtocolViolation.otherVersion(frame.numbers.first)
        }
        let hello = try Body.decode(Hello.self, from: frame.body)
        guard hello.fingerprint != targets.fingerprint else {
            return try greeted(hello, TargetMapping(same: targets), owner)
        }
        input.with(loop) { $0.halfGreeting = HalfGreeting(hello: hello) }
        for run in NameList.runs(of: targets.names) { send(try .names(run, of: targets.names.count)) }
    }

    func receiveNames(_ frame: IncomingFrame, _ owner: (any PeerOwner)?) throws {
        guard var greeting = input.with(loop, { $0.halfGreeting }) else { throw ProtocolViolation.notExpected(.names) }
        guard let run = try? Body.decode([String].self, from: frame.body) else {
            throw ProtocolViolation.unreadable(.names)
        }
        let isComplete = try greeting.names.add(run, of: frame.numbers.first)
        input.with(loop) { $0.halfGreeting = isComplete ? nil : greeting }
        guard isComplete else { return }
        try greeted(greeting.hello, TargetMapping(targets, peerNames: greeting.names.names), owner)
    }

    private func greeted(_ hello: Hello, _ mapping: TargetMapping, _ owner: (any PeerOwner)?) throws {
        _ = self.mapping.set(mapping)
        try owner?.greeted(hello, by: self)
    }

    var isGreeted: Bool { mapping.isSet }

    // MARK: Targets

    /// The call of a method there; throws how it ends if it cannot be sent at all.
    func request(
        _ target: CalledTarget, on actor: UInt64, _ arguments: EncodedMessage, _ terms: CallTerms
    ) throws(Failure) -> CallRequest {
        // A pipe that has ended says itself how.
        guard mapping.isSet || state.withLock({ $0.phase }) == .open else {
            return .method(actor: actor, target: .max, arguments: arguments)
        }
        let word = try word(of: target, terms)
        guard let caller = terms.caller else { return .method(actor: actor, target: word, arguments: arguments) }
        return .relayed(actor: actor, target: word, arguments: arguments, from: caller)
    }

    /// What stands for the method in a frame; throws if the peer cannot run it.
    func word(of target: CalledTarget, _ terms: CallTerms) throws(Failure) -> UInt64 {
        guard let mapping = mapping.load() else {
            // A process makes its actors after it has been greeted.
            throw Failure(.targetMissing)
        }
        guard let number = mapping.number(of: target) else { throw Failure(.unknownTarget) }
        return TargetWord(number: number, isNested: terms.isNested, priority: terms.priority).word
    }

    /// What the peer means by a number; nil: nothing.
    func target(numbered number: UInt64) -> CalledTarget? { mapping.load()?.target(numbered: number) }
}

extension OutgoingFrame {
    /// A run of names, of so many in all.
    package static func names(_ run: [String], of total: Int) throws -> OutgoingFrame {
        OutgoingFrame(.names, FrameNumbers(UInt64(total)), body: try Body.encode(run))
    }
}
