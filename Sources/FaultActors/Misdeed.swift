/// What a rogue worker does wrong. It says hello and ready first unless its misdeed is about that, and answers calls
/// with their own arguments until the misdeed's time comes.
public enum Misdeed: String, CaseIterable, Sendable {
    // Before it is ready.

    /// Dies before it says anything.
    case diesBeforeHello
    /// Dies between hello and ready.
    case diesBeforeReady
    /// Says nothing at all, and stays.
    case neverSaysHello
    /// Says hello and no more, and stays.
    case neverReady
    /// Says that its factory threw, in more words than it may, and leaves, with a marker if a call came nevertheless.
    case failsToInitialize
    /// Says that its factory threw, and stays.
    case failsAndStays
    /// Speaks another version of the protocol.
    case speaksAnotherVersion
    /// Calls before it has said hello.
    case callsBeforeHello

    // At a call.

    /// Never answers.
    case neverAnswers
    /// Writes half of its third reply, and dies.
    case diesInThirdReply
    /// Replies to its first three calls, and dies with the others unread.
    case diesWithUnreadCalls
    /// Answers each call twice.
    case repliesTwice
    /// Answers a call when the caller has withdrawn it.
    case repliesLate
    /// Replies to a call that nobody has made.
    case repliesToNobody
    /// Replies with the very bytes that the call's first argument gives, instead of their encoding.
    case repliesAsTold
    /// Answers with an error whose body is not one.
    case sendsUnreadableError
    /// Says hello again.
    case saysHelloTwice
    /// Sends a frame of a kind that nobody knows.
    case sendsUnknownKind
    /// Sends frames of unknown kinds that may be skipped before each reply.
    case sendsSkippableKinds
    /// Sends 64 KiB of random bytes; its number is the seed.
    case sendsRandomBytes
    /// Announces a frame of one byte more than the limit.
    case announcesTooMuch
    /// Announces a frame of 2³² − 1 bytes.
    case announcesTheMost
    /// Announces slices of a frame of one byte more than the limit.
    case announcesTooManySlices
    /// Sends a frame of no bytes.
    case sendsEmptyFrame
    /// Sends a reply without a call's number.
    case sendsCutFrame
    /// Calls in the name of another process.
    case callsAsAnother
    /// Calls actors in pools, slots and processes that do not exist, by names that do not either, and then replies.
    case callsNowhere
    /// Numbers its targets in the opposite order, has one more and one less than others, and answers with what it was
    /// asked.
    case numbersOtherwise

    /// Whether it ends the connection by breaking the protocol once it gets a call.
    public var breaksProtocol: Bool {
        switch self {
        case .repliesToNobody, .sendsUnreadableError, .saysHelloTwice, .sendsUnknownKind, .announcesTooMuch,
            .announcesTheMost, .announcesTooManySlices, .sendsEmptyFrame, .sendsCutFrame, .callsAsAnother:
            true
        default: false
        }
    }

    /// A name that no process knows.
    public static let strangeName = "$s11FaultActors5ProbeC9elsewhereyyYaKFTE"

    /// The names of one that numbers its targets otherwise.
    public static func otherNames(_ names: [String]) -> [String] {
        [strangeName] + names.reversed().filter { !$0.contains("ProbeC9makeCrate") }
    }

    /// The arguments of a worker program that commits it.
    public var arguments: [String] { ["rogue", rawValue] }

    /// The same, but only in these of a slot's lives; in the others the worker is a sound one. The lives are counted
    /// by files in a directory.
    public func arguments(in lives: ClosedRange<Int>, countedIn directory: String) -> [String] {
        arguments + ["\(lives.lowerBound)", "\(lives.upperBound)", directory]
    }
}
