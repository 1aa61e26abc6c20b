import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

/// The sending half of a peer: a table of calls and a queue of frames, put together as the peer does it.
private struct Sender {
    var calls = Calls()
    var queue = WriteQueue()

    mutating func begin(_ id: Int, frame size: Int) {
        #expect(calls.begin(id) == .send)
        queue.append(size: size, token: CallID(id)) { $0.initializeMemory(as: UInt8.self, repeating: 1) }
    }

    /// The socket takes so many bytes of what it is offered. False: nothing is left to offer.
    mutating func write(_ count: Int) -> Bool {
        let pieces = queue.take()
        for id in queue.tokensInFlight { calls.written(id) }
        queue.wrote(min(count, pieces.reduce(0) { $0 + $1.range.count }))
        for id in queue.tokensInFlight { calls.notWritten(id) }
        return !pieces.isEmpty
    }

    /// All that is queued, up to so many bytes.
    mutating func writeAll(_ count: Int) {
        var left = count
        while left > 0 {
            let before = queue.take().reduce(0) { $0 + $1.range.count }
            guard write(left) else { return }
            left -= min(left, before)
        }
    }
}

@Suite("A worker's death in the middle of frames", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct DeathOnThePipeTests {
    @Test("A6: with k of n bytes of a call written it was not sent, with all n it may have run; every k")
    func everyByteOfACall() {
        let size = 30
        for count in 0...(size + FrameLayout.wordSize) {
            var sender = Sender()
            sender.begin(1, frame: size)
            sender.writeAll(count)
            let isWhole = count == size + FrameLayout.wordSize
            #expect(sender.calls.close().map(\.delivery) == [isWhole ? .maybeExecuted : .notSent], "\(count) bytes")
        }
    }

    @Test("A6: of several calls those may have run whose last byte was written")
    func everyByteOfSeveralCalls() {
        let sizes = [10, 1, 25]
        let ends = [14, 19, 48]
        for count in 0...48 {
            var sender = Sender()
            for (index, size) in sizes.enumerated() { sender.begin(index + 1, frame: size) }
            sender.writeAll(count)
            let expected = ends.map { $0 <= count ? Delivery.maybeExecuted : .notSent }
            #expect(sender.calls.close().map(\.delivery) == expected, "\(count) bytes")
        }
    }

    @Test("A6: a long call has not been sent before the last byte of its last slice")
    func longCall() {
        let size = 2 * FrameLayout.sliceSize + 5
        let whole = size + 4 * FrameLayout.wordSize
        for count in [1, 8, 65_543, 65_544, 65_548, 131_084, whole - 5, whole - 1, whole] {
            var sender = Sender()
            sender.begin(1, frame: size)
            sender.writeAll(count)
            #expect(sender.calls.close().map(\.delivery) == [count == whole ? .maybeExecuted : .notSent])
        }
    }

    @Test("what is handed to the socket counts as written until the socket says how much it took")
    func handedOut() {
        var sender = Sender()
        sender.begin(1, frame: 10)
        _ = sender.queue.take()
        for id in sender.queue.tokensInFlight { sender.calls.written(id) }
        var died = sender.calls
        #expect(died.close().map(\.delivery) == [.maybeExecuted])
        _ = sender.write(0)
        #expect(sender.calls.close().map(\.delivery) == [.notSent])
    }

    @Test("A7: replies before the cut are delivered, the call whose reply is cut may have run; every cut")
    func deathInAReply() throws {
        let stream = [1, 2, 3].flatMap { id -> [UInt8] in
            let frame = OutgoingFrame.reply(id: CallID(id), body: Array(repeating: UInt8(id), count: 9))
            var queue = WriteQueue()
            queue.append(size: frame.size) { frame.fill($0) }
            return queue.take().flatMap(\.bytes)
        }
        let length = stream.count / 3
        for cut in 0...stream.count {
            var (calls, decoder, replied) = (Calls(), FrameDecoder(limit: 1_000), [Int]())
            for id in 1...3 { calls.beginWritten(id) }
            try stream.prefix(cut).withUnsafeBytes { bytes in
                try decoder.receive(bytes) { frame in
                    guard let frame = try IncomingFrame.read(frame), let id = try calls.answered(frame.id) else {
                        return
                    }
                    #expect(Array(frame.body) == Array(repeating: UInt8(id), count: 9))
                    replied.append(id)
                }
            }
            let lost = calls.close()
            #expect(replied == Array(1...3).filter { $0 * length <= cut })
            #expect(lost.map(\.waiter) == Array(1...3).filter { $0 * length > cut })
            #expect(lost.allSatisfy { $0.delivery == .maybeExecuted })
        }
    }

    @Test("E4: a cancellation never overtakes its own call, wherever the call is")
    func cancelBehindItsCall() {
        for size in [10, 70_000, 200_000] {
            for written in [0, 5, 13, 14, 66_000, 70_012, 70_011, 150_000, 200_028] {
                var sender = Sender()
                sender.begin(1, frame: size)
                sender.writeAll(written)
                let ended = sender.calls.cancel(1)
                let cancel = OutgoingFrame.cancel(id: 1)
                sender.queue.append(size: cancel.size, isControl: ended?.isWritten ?? false) { cancel.fill($0) }
                var rest: [UInt8] = []
                while !sender.queue.isEmpty {
                    let pieces = sender.queue.take()
                    rest += pieces.flatMap { $0.bytes[$0.range] }
                    sender.queue.wrote(pieces.reduce(0) { $0 + $1.range.count })
                }
                #expect(rest.suffix(9).first == FrameKind.cancel.rawValue, "\(size), \(written)")
            }
        }
    }
}
