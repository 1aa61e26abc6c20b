/// Which actor, and through which scope a call to it goes.
///
/// - *incarnation*: one process; when it dies, calls fail.
/// - *slot*: whichever process fills the slot; calls wait, within their deadline, while it is being replaced.
/// - *pool*: a ready worker is chosen at each call.
public struct ActorID: Hashable, Sendable, Codable, CustomStringConvertible {
    package enum Scope: Hashable, Sendable, Codable {
        case incarnation(UInt64)
        case slot(pool: UInt32, slot: UInt32)
        case pool(UInt32)

        /// In 8 bytes: two bits for the scope, 30 for a pool, 32 for a slot, or 62 for an incarnation.
        package var word: UInt64 {
            switch self {
            case .incarnation(let incarnation): incarnation & (1 << 62 - 1)
            case .slot(let pool, let slot): 1 << 62 | UInt64(pool & (1 << 30 - 1)) << 32 | UInt64(slot)
            case .pool(let pool): 2 << 62 | UInt64(pool & (1 << 30 - 1)) << 32
            }
        }

        /// `nil`: no scope has this word.
        package init?(word: UInt64) {
            let pool = UInt32(truncatingIfNeeded: word >> 32) & (1 << 30 - 1)
            switch word >> 62 {
            case 0: self = .incarnation(word)
            case 1: self = .slot(pool: pool, slot: UInt32(truncatingIfNeeded: word))
            case 2: self = .pool(pool)
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
        case .pool(let pool): "pool \(pool):\(number)"
        }
    }
}
