import ProcessIO
import Synchronization

/// How many calls a worker has, where whoever chooses among workers can read it without the pipe's lock.
struct PeerPlaces: ~Copyable {
    private let pool: PoolRoutes?
    /// Calls without an answer, those included that have ended here.
    private let taken = Atomic<Int>(0)
    /// Places of callers that have not made their call yet.
    private let reserved = Atomic<Int>(0)

    /// When it answered last, in nanoseconds.
    private let answered = Atomic<UInt64>(0)

    init(pool: PoolRoutes?) { self.pool = pool }

    var count: Int { taken.load(ordering: .sequentiallyConsistent) + reserved.load(ordering: .sequentiallyConsistent) }

    var lastAnswer: UInt64 { answered.load(ordering: .relaxed) }

    func hasAnswered(at now: Instant) {
        answered.store(UInt64(clamping: now.nanoseconds), ordering: .relaxed)
    }

    /// Under the pipe's lock.
    func areTaken(_ count: Int) { taken.store(count, ordering: .sequentiallyConsistent) }

    func reserve() { reserved.wrappingAdd(1, ordering: .sequentiallyConsistent) }

    func leave() {
        reserved.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        mayBeFree()
    }

    /// Not under a lock.
    func mayBeFree() { pool?.placeIsFree() }
}

extension Peer {
    /// Calls that the worker has, or is about to get.
    var load: Int { places.count }

    /// When its last call ended; less is longer ago.
    var lastAnswer: UInt64 { places.lastAnswer }

    /// Takes a place for a call that is about to be made.
    func takePlace() { places.reserve() }

    /// The place is the call's, or nobody's.
    func leavePlace() { places.leave() }
}
