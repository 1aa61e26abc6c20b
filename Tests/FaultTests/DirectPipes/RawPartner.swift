import ActorCluster
import ActorClusterTesting
import FaultActors
import ProcessIO
import Testing

/// A worker in the hands of a test, at the other end of a pipe to the one that a raw primary has started.
final class RawPartner {
    let pipe: RawPipe
    let worker: WorkerID

    /// `number` is the pipe's.
    init(_ primary: RawPrimary, number: UInt64, process: UInt64 = 2) throws {
        worker = WorkerID(group: "couriers", slot: 1, incarnation: process)
        let (ours, theirs) = try Socket.sharedPair()
        guard let end = ours.take() else { throw RawPipe.Failure.closed }
        pipe = RawPipe(Socket(end))
        try primary.introduce(worker, number: number, theirs)
    }

    func sendHello(fingerprint: UInt64 = 0, version: UInt64 = Hello.protocolVersion) throws {
        let hello = Hello(fingerprint: fingerprint)
        try pipe.send(OutgoingFrame(.hello, FrameNumbers(version), body: try Body.encode(hello)))
    }

    /// Says hello as a worker of the same binary, whose fingerprint it takes from the other one's hello.
    func greet() throws {
        let hello = try receive(.hello)
        let theirs = try hello.body.withUnsafeBytes { try Body.decode(Hello.self, from: $0) }
        #expect(hello.numbers.first == Hello.protocolVersion)
        #expect(theirs.assignment == nil)
        try sendHello(fingerprint: theirs.fingerprint)
    }

    /// The next frame, which must be of this kind.
    func receive(_ kind: FrameKind) throws -> RawFrame {
        let frame = try #require(try pipe.receive(within: RawPrimary.patience))
        try #require(frame.kind == kind)
        return frame
    }

    /// The other end has ended the pipe.
    var isAtEnd: Bool {
        get throws {
            while let frame = try pipe.receive(within: RawPrimary.patience) {
                try #require([.hello, .names].contains(frame.kind))
            }
            return true
        }
    }

    /// Its actor, as an argument.
    var address: ActorID { ActorID(scope: .incarnation(worker.incarnation), number: 1) }
}
