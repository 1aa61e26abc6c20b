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
