import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

/// What can end a call.
private enum Ending: CaseIterable { case reply, cancel, timeout, death }

/// Where a call can be when that happens.
private enum Place: CaseIterable {
    case waiting, sending, written

    /// What is thrown if the worker dies now.
    var deliveryAtDeath: Delivery { self == .written ? .maybeExecuted : .notSent }
    /// What is thrown if the call ends now and the worker lives on.
    var delivery: Delivery { self == .waiting ? .notSent : .maybeExecuted }
}

private enum Outcome: Equatable {
    case replied
    case ended(Ending, Delivery)
}

@Suite("Every order of what can end a call", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct CallEndingTests {
    private static func orders<Element>(_ elements: [Element]) -> [[Element]] {
        if elements.isEmpty { return [[]] }
        return elements.indices.flatMap { index -> [[Element]] in
            var rest = elements
            let first = rest.remove(at: index)
            return orders(rest).map { [first] + $0 }
        }
    }

    private static func begin(_ place: Place) -> Calls {
        var bounds = Calls.Bounds()
        bounds.inFlight = place == .waiting ? 0 : 1
        var calls = Calls(bounds: bounds)
        #expect(calls.begin(1, deadline: Instant(nanoseconds: 5)) == (place == .waiting ? .wait : .send))
        if place == .written { calls.written(1) }
        return calls
    }

    /// What the event tells the caller.
    private static func apply(_ ending: Ending, to calls: inout Calls) -> [Outcome] {
        switch ending {
        case .reply:
            // A reply to what was never written ends the connection, not the call.
            return (try? calls.answered(1)) == .some(1) ? [.replied] : []
        case .cancel: return calls.cancel(1).map { [.ended(.cancel, $0.delivery)] } ?? []
        case .timeout: return calls.expire(at: Instant(nanoseconds: 5)).map { .ended(.timeout, $0.delivery) }
        case .death: return calls.close().map { .ended(.death, $0.delivery) }
        }
    }

    @Test("E1: of reply, cancel, timeout and death, in any order and at any place, exactly the first decides")
    func everyOrder() {
        var tried = 0
        for place in Place.allCases {
            for order in Self.orders(Ending.allCases) {
                var calls = Self.begin(place)
                let outcomes = order.flatMap { Self.apply($0, to: &calls) }
                let first = order.first { $0 != .reply || place == .written }
                let expected: Outcome =
                    switch first {
                    case .reply?, nil: .replied
                    case .death?: .ended(.death, place.deliveryAtDeath)
                    case let ending?: .ended(ending, place.delivery)
                    }
                #expect(outcomes == [expected], "\(place), \(order)")
                #expect(calls.count == 0)
                #expect(calls.waiting == 0)
                #expect(calls.nextDeadline() == nil)
                tried += 1
            }
        }
        #expect(tried == 72)
    }

    @Test("E1: each of two endings, whatever the phase, leaves nothing behind once the worker has answered")
    func nothingLeft() {
        for place in [Place.sending, .written] {
            for ending in [Ending.cancel, .timeout] {
                var calls = Self.begin(place)
                #expect(Self.apply(ending, to: &calls).count == 1)
                #expect(calls.inFlight == 1)
                #expect(throws: Never.self) { try calls.answered(1) }
                #expect(calls.inFlight == 0)
                #expect(calls.lateReplies == 1)
            }
        }
    }
}
