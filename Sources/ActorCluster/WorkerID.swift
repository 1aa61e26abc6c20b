/// Names one process of a cluster: its group, its slot, and the number of the process, which rises through the life
/// of the cluster and is never used twice. Shown as `thumbnailers/2#17`; the primary is `primary/0#0`.
public struct WorkerID: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The name of the worker group.
    public let group: String
    /// The place in the pool, from 0. It outlives the process: a replacement has the same.
    public let slot: Int
    /// The number of the process, from 1. A replacement has another.
    public let incarnation: UInt64

    package init(group: String, slot: Int, incarnation: UInt64) {
        self.group = group
        self.slot = slot
        self.incarnation = incarnation
    }

    /// The primary, as who a call comes from (`ClusterActorSystem.caller`).
    public static let primary = WorkerID(group: "primary", slot: 0, incarnation: 0)

    /// `group/slot#incarnation`.
    public var description: String { "\(group)/\(slot)#\(incarnation)" }
}
