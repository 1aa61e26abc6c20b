/// Keeps the order of calls to one actor when a thread loses the lead in the middle of starting one.
///
/// Until that thread has returned nobody knows whether the call has reached the actor's queue, so later calls of the
/// same lane wait for it. Calls of other lanes go on.
struct Lanes<Entry> {
    private struct Stuck {
        let lane: UInt64
        let epoch: UInt64
        var parked: [Entry] = []
    }

    private var current: (lane: UInt64, epoch: UInt64)?
    private var stuck: [Stuck] = []

    /// Entries that wait for a thread to return.
    var parkedCount: Int { stuck.reduce(0) { $0 + $1.parked.count } }

    /// A call is about to be started as the job of this epoch.
    mutating func begin(_ lane: UInt64, epoch: UInt64) { current = (lane, epoch) }

    /// It was started, and the lead kept.
    mutating func end() { current = nil }

    /// The lead has changed hands; if that was in the middle of a start, its lane is closed until `returned`.
    mutating func leadWasLost() {
        guard let (lane, epoch) = current else { return }
        current = nil
        stuck.append(Stuck(lane: lane, epoch: epoch))
    }

    /// True: the entry has to wait, and is kept.
    mutating func park(_ entry: @autoclosure () -> Entry, _ lane: UInt64) -> Bool {
        guard !stuck.isEmpty, let index = stuck.lastIndex(where: { $0.lane == lane }) else { return false }
        stuck[index].parked.append(entry())
        return true
    }

    /// The thread that lost the lead in this epoch has returned. The entries that waited for it go before all others.
    mutating func returned(_ epoch: UInt64) -> [Entry] {
        guard let index = stuck.firstIndex(where: { $0.epoch == epoch }) else { return [] }
        return stuck.remove(at: index).parked
    }
}
