package import ProcessIO

/// What is asked of a peer, but for the call's number and what is left of its time.
package enum CallRequest: Sendable {
    /// A distributed method: the actor's number in its process, the target's number there as a `TargetWord`, the
    /// encoded arguments.
    case method(actor: UInt64, target: UInt64, arguments: EncodedMessage)
    /// The same in another process's stead.
    case relayed(actor: UInt64, target: UInt64, arguments: EncodedMessage, from: Caller)
    /// The same for an actor elsewhere: the primary passes it on. The target's number is this process's own.
    case routed(ActorID, target: UInt64, arguments: EncodedMessage)
    /// How the process is. Answered by its event loop, and never held up by other calls.
    case health

    /// A worker that drains takes it: the process itself answers, or a call that runs there may wait for it.
    var mayReachDraining: Bool {
        switch self {
        case .method(_, let target, _), .relayed(_, let target, _, _), .routed(_, let target, _):
            TargetWord(word: target).isNested
        case .health: true
        }
    }
}

/// A call that came.
package struct IncomingCall: Sendable {
    package let id: CallID
    package let actor: UInt64
    /// `nil`: the actor is here.
    package let scope: ActorID.Scope?
    /// Its number in this process, or in the caller's if the call is to be passed on.
    package let target: UInt64
    package let terms: CallTerms
    package let arguments: ReceivedMessage
}

/// What a call brings along besides its arguments.
package struct CallTerms: Equatable, Sendable {
    /// When the caller stops waiting.
    package var deadline: Instant
    /// It was made inside a call that still runs.
    package var isNested = false
    package var priority = CallPriority.normal
    /// Whose call it is; `nil`: this process's own.
    package var caller: Caller?

    package init(
        deadline: Instant, isNested: Bool = false, priority: CallPriority = .normal, caller: Caller? = nil
    ) {
        self.deadline = deadline
        self.isNested = isNested
        self.priority = priority
        self.caller = caller
    }
}

/// A target's number as it is in a frame; in the top bit whether the call was made inside another one, and in the two
/// below its priority.
package struct TargetWord: Equatable, Sendable {
    package let word: UInt64
    private static let nested: UInt64 = 1 << 63
    private static let high: UInt64 = 1 << 62
    private static let low: UInt64 = 1 << 61

    package init(word: UInt64) { self.word = word }

    package init(number: Int, isNested: Bool, priority: CallPriority) {
        let ahead =
            switch priority {
            case .high: Self.high
            case .normal: UInt64(0)
            case .low: Self.low
            }
        word = UInt64(number) | (isNested ? Self.nested : 0) | ahead
    }

    package var number: UInt64 { word & (Self.low - 1) }
    package var isNested: Bool { word & Self.nested != 0 }
    package var priority: CallPriority {
        word & Self.high != 0 ? .high : word & Self.low != 0 ? .low : .normal
    }
}
