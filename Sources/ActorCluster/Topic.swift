/// A subject that any process of a cluster can publish messages to and subscribe to.
///
/// A topic is its name, and has one type of message: declare it once, where publishers and subscribers see it.
///
///     static let prices = Topic<Price>("prices")
public struct Topic<Message: Codable & Sendable>: Sendable, Hashable {
    /// 1 to 255 bytes.
    public let name: String
    /// The full name of its messages' type.
    let type: String

    /// Makes no entry anywhere: the first publisher or subscriber does.
    public init(_ name: String) { (self.name, type) = (name, actorTypeName(Message.self)) }
}

/// What happens to a message for a subscriber whose buffer is full.
public enum TopicOverflow: Hashable, Sendable, Codable {
    /// The oldest message in the buffer is dropped, and counted.
    case dropOldest
    /// The new message is dropped, and counted.
    case dropNewest
    /// Nothing is dropped: the publisher waits until the buffer has room, as long as a call may take.
    case slowPublisher
}

/// Why a message was not published, or a topic not subscribed to.
public enum TopicError: Error, Hashable, Sendable, Codable {
    /// The topic is used with another type of message; both are given by their full names.
    case otherType(topic: String, is: String, not: String)
    /// An argument that cannot work; the text says why.
    case invalid(String)
    /// This process has as many subscriptions as it may.
    case tooManySubscriptions(limit: Int)
    /// As many topics as there may be have subscribers.
    case tooManyTopics(limit: Int)
}

extension TopicError: CustomStringConvertible {
    /// What is wrong, in words.
    public var description: String {
        switch self {
        case .otherType(let topic, let type, let other):
            "the messages of the topic \"\(topic)\" are of type \(type), not \(other)"
        case .invalid(let why): why
        case .tooManySubscriptions(let limit):
            "this process has \(limit) subscriptions, and no process may have more: cancel those it needs no longer"
        case .tooManyTopics(let limit): "\(limit) topics have subscribers, and no more may have"
        }
    }
}
