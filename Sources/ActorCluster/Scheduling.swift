/// Which worker of a pool gets the next call. Only workers that are ready and have room are considered
/// (`PoolLimits.inFlight`); while none has, calls wait in order of arrival.
///
/// It decides for calls through `WorkerPool.actor` and its variants. `actor(for:)` goes by its key under every policy.
public enum Scheduling: Sendable {
    /// Each in turn, by slot.
    case roundRobin
    /// The one with the fewest calls in flight; among equals each in turn. The default.
    case leastBusy
    /// One job at a time each, or `capacity` of them: a call goes to the worker with the fewest, among equals to the
    /// one that has been idle the longest. For work that keeps a worker's processor busy.
    case idleFirst(capacity: Int = 1)
    /// Calls with a key (`WorkerPool.actor(for:)`) always reach the key's slot, and wait while it has no ready worker;
    /// under the other policies such calls go to another worker meanwhile. Calls without a key go to the least busy.
    case sticky
    /// A rule of your own.
    case custom(any WorkerSelecting)
}

/// A rule that chooses workers, for `Scheduling.custom`.
public protocol WorkerSelecting: Sendable {
    /// The slot of one of the candidates, or `nil` to let the call wait until something changes in the pool. Any other
    /// number counts as `nil`.
    ///
    /// `candidates` has the ready workers with room, by slot; it is never empty. It is called for one call at a time,
    /// in the middle of the pool's own work: it must be quick, and must not use the pool.
    mutating func select(among candidates: [WorkerLoad]) -> Int?
}

/// How busy a worker is.
public struct WorkerLoad: Hashable, Sendable {
    /// Its place in the pool.
    public let slot: Int
    /// Calls of this process, and of others by way of it, that the worker has not answered.
    public let inFlight: Int

    /// For tests of a rule.
    public init(slot: Int, inFlight: Int) {
        self.slot = slot
        self.inFlight = inFlight
    }
}
