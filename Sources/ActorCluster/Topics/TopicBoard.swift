import Distributed
import ProcessIO

/// The primary's topics as its workers see them.
///
/// A worker asks for messages when it wants some, and the answer comes when there are any: so a worker that reads
/// nothing gets nothing, and what it does not get is the matter of one buffer here.
distributed actor TopicBoard {
    typealias ActorSystem = ClusterActorSystem

    /// Of the numbers that no actor of a program ever gets.
    static let number = UInt64.max - 1

    private let exchange: TopicExchange

    init(_ exchange: TopicExchange, actorSystem: ClusterActorSystem) {
        self.exchange = exchange
        self.actorSystem = actorSystem
    }

    distributed func publish(_ message: [UInt8], to topic: String, type: String) async throws -> TopicAnswer {
        do {
            let deadline = CallScope.current.deadline
            let count = try await exchange.publish(message, to: topic, type: type, deadline: deadline)
            return TopicAnswer(number: UInt64(count))
        } catch let error as TopicError {
            return TopicAnswer(error: error)
        } catch is TopicIsSlow {
            // Which is the caller's own limit.
            throw CallError.timeout(after: .zero, target: topic, nil, .maybeExecuted)
        }
    }

    distributed func subscribe(_ wish: SubscriptionWish) -> TopicAnswer {
        do throws(TopicError) {
            return TopicAnswer(number: try exchange.subscribe(wish) ?? 0)
        } catch {
            return TopicAnswer(error: error)
        }
    }

    /// Ends with the subscription: who waits no longer unsubscribes.
    distributed func next(of subscription: UInt64) async -> TopicBatch? { await exchange.next(of: subscription) }

    distributed func unsubscribe(_ subscription: UInt64) { exchange.unsubscribe(subscription) }

    /// For who has not read the answer of `subscribe`.
    distributed func unsubscribe(token: UInt64, of process: UInt64) { exchange.unsubscribe(token: token, of: process) }
}

/// An error as a value, since a method's errors arrive as themselves only when the program has listed their types.
struct TopicAnswer: Codable, Sendable {
    var number: UInt64 = 0
    var error: TopicError?

    func get() throws(TopicError) -> UInt64 {
        if let error { throw error }
        return number
    }
}
