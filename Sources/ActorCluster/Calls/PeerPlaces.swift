import ProcessIO
import Synchronization

/// How many calls a worker has, where whoever chooses among workers can read it without the pipe's lock.
struct PeerPlaces: ~Copyable {
    private let pool: PoolRoutes?
    /// Calls without an answer, those included that have ended here, and places that callers have taken.
    private let taken = Atomic<Int>(0)
    /// When it answered last, in nanoseconds.
    private let answered = Atomic<UInt64>(0)

    init(pool: PoolRoutes?) { self.pool = pool }

    var count: Int { taken.load(ordering: .sequentiallyConsistent) }

    var lastAnswer: UInt64 { answered.load(ordering: .relaxed) }

    func hasAnswered(at now: Instant) {
        answered.store(UInt64(clamping: now.nanoseconds), ordering: .relaxed)
    }

    func change(by difference: Int) {
        if difference != 0 { taken.wrappingAdd(difference, ordering: .sequentiallyConsistent) }
    }

    /// There may be room for a call that waits. Not under a lock.
    func mayBeFree() { pool?.placeIsFree() }
}

extension Peer {
    /// Calls that the worker has, or is about to get.
    var load: Int { places.count }

    /// When its last call ended; less is longer ago.
    var lastAnswer: UInt64 { places.lastAnswer }

    /// Takes a place for a call that is about to be made.
    func takePlace() { places.change(by: 1) }

    /// No call is made there.
    func leavePlace() {
        places.change(by: -1)
        places.mayBeFree()
    }
}

extension Peer.State {
    /// How many more calls the worker has than when this was asked last.
    mutating func changeOfLoad() -> Int {
        defer { load = pending.load }
        return pending.load - load
    }
}
