/// Which actor, and through which scope a call to it goes.
///
/// - *incarnation*: one process; when it dies, calls fail.
/// - *slot*: whichever process fills the slot; calls wait, within their deadline, while it is being replaced.
/// - *pool*: a ready worker is chosen at each call, by the pool's policy, by a tag or by a key.
public struct ActorID: Hashable, Sendable, Codable, CustomStringConvertible {
    package enum Scope: Hashable, Sendable, Codable {
        case incarnation(UInt64)
        case slot(pool: UInt32, slot: UInt32)
        case pool(UInt32, PoolChoice = .any, isIdempotent: Bool = false)

        /// In 8 bytes, and `detail`: two bits for the scope, 30 for a pool, 32 for a slot or for how the worker is
        /// chosen; or 62 for an incarnation.
        package var word: UInt64 {
            switch self {
            case .incarnation(let incarnation): incarnation & (1 << 62 - 1)
            case .slot(let pool, let slot): 1 << 62 | UInt64(pool & (1 << 30 - 1)) << 32 | UInt64(slot)
            case .pool(let pool, let choice, let isIdempotent):
                2 << 62 | UInt64(pool & (1 << 30 - 1)) << 32 | (isIdempotent ? 4 : 0) | choice.kind
            }
        }

        /// The tag or key that the word has no room for.
        package var detail: UInt64 { if case .pool(_, let choice, _) = self { choice.detail } else { 0 } }

        /// `nil`: no scope has this word.
        package init?(word: UInt64, detail: UInt64 = 0) {
            let pool = UInt32(truncatingIfNeeded: word >> 32) & (1 << 30 - 1)
            let low = UInt32(truncatingIfNeeded: word)
            switch word >> 62 {
            case 0: self = .incarnation(word)
            case 1: self = .slot(pool: pool, slot: low)
            case 2:
                guard low < 8, let choice = PoolChoice(kind: low & 3, detail: detail) else { return nil }
                self = .pool(pool, choice, isIdempotent: low & 4 != 0)
            default: return nil
            }
        }
    }

    package let scope: Scope
    /// Counts up in the actor's process and is never reused; 0 is a worker's root actor.
    package let number: UInt64

    package init(scope: Scope, number: UInt64) {
        self.scope = scope
        self.number = number
    }

    package static let rootNumber: UInt64 = 0

    /// The scope and the actor's number in its process.
    public var description: String {
        switch scope {
        case .incarnation(let incarnation): "#\(incarnation):\(number)"
        case .slot(let pool, let slot): "pool \(pool)/\(slot):\(number)"
        case .pool(let pool, _, _): "pool \(pool):\(number)"
        }
    }
}

/// How a pool chooses the worker of a call.
package enum PoolChoice: Hashable, Sendable, Codable {
    case any
    /// One of the workers with this tag.
    case tag(UInt64)
    /// The worker that this key belongs to.
    case key(UInt64)

    fileprivate var kind: UInt64 {
        switch self {
        case .any: 0
        case .tag: 1
        case .key: 2
        }
    }

    fileprivate var detail: UInt64 {
        switch self {
        case .any: 0
        case .tag(let word), .key(let word): word
        }
    }

    fileprivate init?(kind: UInt32, detail: UInt64) {
        switch kind {
        case 0: self = .any
        case 1: self = .tag(detail)
        case 2: self = .key(detail)
        default: return nil
        }
    }

    var wish: Wish {
        switch self {
        case .any: .any
        case .tag(let tag): .tag(tag)
        case .key(let key): .key(key)
        }
    }

    /// Tags and keys go by a number of 64 bits: a million of them have two equal ones once in 37 million times.
    package static func word(ofTag tag: String) -> UInt64 { StableHash.of(tag.utf8) }
}
