import ActorCluster
import ActorClusterTesting
import FaultActors
import ProcessIO
import Testing

extension SharingTests {
    @Suite("subscriptions that no process knows of any more")
    struct LostSubscriptions {
        @Test("one that is cancelled before its number has come is taken back")
        func cancelled() async throws {
            try await withRawPrimary { primary in
                let listen = try primary.startListening()
                let subscribe = try primary.receiveTopicCall("subscribe(_:)")
                let wish = try subscribe.body.withUnsafeBytes { try Body.decode(SubscriptionWish.self, from: $0) }
                #expect(wish.token != 0)
                try primary.pipe.send(.cancel(id: listen))
                let unsubscribe = try primary.receiveTopicCall("unsubscribe(token:of:)")
                #expect(try unsubscribe.firstNumber == wish.token)
            }
        }

        @Test("when the wait for messages fails the primary is told that nobody reads them any more")
        func failed() async throws {
            try await withRawPrimary { primary in
                try primary.startListening()
                let subscribe = try primary.receiveTopicCall("subscribe(_:)")
                try primary.pipe.send(.reply(id: subscribe.id, body: Body.encode(Grant())))
                let next = try primary.receiveTopicCall("next(of:)")
                let failure = Failure(.overloaded, text: "listeners", bytes: 1, limit: 1)
                try primary.pipe.send(OutgoingFrame(.error, FrameNumbers(next.id), body: Body.encode(failure)))
                let unsubscribe = try primary.receiveTopicCall("unsubscribe(_:)")
                #expect(try unsubscribe.firstNumber == Grant().number)
            }
        }
    }
}

/// How the primary answers a wish to subscribe.
private struct Grant: Encodable {
    let number: UInt64 = 7
    let error: String? = nil
}

extension RawFrame {
    /// The first argument of a call.
    fileprivate var firstNumber: UInt64 {
        get throws { try body.withUnsafeBytes { try Body.decode(UInt64.self, from: $0) } }
    }
}

extension RawPrimary {
    /// Starts a worker that may call the primary, and has it subscribe.
    @discardableResult
    fileprivate func startListening() throws -> CallID {
        try sendHello(group: "listeners")
        _ = try receive(.hello)
        try sendNames(Targets.all)
        try receiveNames()
        _ = try receive(.ready)
        return try send(Targets.named("Subscriber.listen(_:)"), Body.encode(Listening("offers")))
    }

    /// The worker's next call of this method of the primary's topics.
    fileprivate func receiveTopicCall(_ method: String) throws -> RawFrame {
        let target = try Targets.number(of: "ActorCluster.TopicBoard.\(method)")
        while let frame = try receive() {
            if frame.kind == .call, TargetWord(word: frame.numbers.fourth).number == target { return frame }
        }
        throw RawPipe.Failure.closed
    }
}
