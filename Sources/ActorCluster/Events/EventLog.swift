import ProcessIO

/// Events that some reader has not read yet, kept once for all readers; who reads where; and who waits.
///
/// Bounded in number and bytes: past that the oldest go, and a reader that had not read them is told how many.
package struct EventLog<Event: Sendable, Waiter: Sendable>: Sendable {
    package enum Reading {
        case event(Event)
        case missed(Int)
        /// Nothing yet.
        case nothing
        /// Nothing any more, or it is no reader (any more).
        case over
    }

    private struct Entry {
        let event: Event
        let bytes: Int
    }

    private struct Reader {
        /// The number of the event that it reads next.
        var next: UInt64
        /// In order of arrival. Whoever waits has read everything.
        var waiting: [Waiter] = []
    }

    private let countLimit: Int
    private let byteLimit: Int
    private var entries = Queue<Entry>()
    /// The number of the oldest of them.
    private var first: UInt64 = 0
    private var bytes = 0
    private var readers: [UInt64: Reader] = [:]
    private var lastReader: UInt64 = 0
    private var isFinished = false

    package init(count: Int = Limits.eventsKept, bytes: Int = Limits.eventBytes) {
        countLimit = count
        byteLimit = bytes
    }

    /// Events that are kept.
    package var count: Int { entries.count }
    package var readerCount: Int { readers.count }
    private var end: UInt64 { first + UInt64(count) }

    // MARK: Readers

    /// A new reader's number. It reads what comes from now on.
    package mutating func addReader() -> UInt64 {
        lastReader += 1
        readers[lastReader] = Reader(next: end)
        return lastReader
    }

    /// Those who waited as this reader get nothing any more.
    package mutating func removeReader(_ number: UInt64) -> [Waiter] {
        let waiting = readers.removeValue(forKey: number)?.waiting ?? []
        dropRead()
        return waiting
    }

    package mutating func read(_ number: UInt64) -> Reading {
        guard let reader = readers[number] else { return .over }
        if reader.next < first {
            readers[number]?.next = first
            return .missed(Int(first - reader.next))
        }
        guard reader.next < end, let entry = entries[Int(reader.next - first)] else {
            return isFinished ? .over : .nothing
        }
        readers[number]?.next += 1
        if reader.next == first { dropRead() }
        return .event(entry.event)
    }

    /// After `read` has given nothing: the next event is handed to `waiter`.
    package mutating func wait(_ number: UInt64, _ waiter: Waiter) { readers[number]?.waiting.append(waiter) }

    // MARK: Events

    /// Keeps an event for all who have not read it, and says who of those that wait gets it now.
    package mutating func append(_ event: Event, bytes size: Int) -> [Waiter] {
        guard !readers.isEmpty, !isFinished else { return [] }
        entries.append(Entry(event: event, bytes: size))
        bytes += size
        let end = end
        var woken: [Waiter] = []
        for (number, reader) in readers where !reader.waiting.isEmpty {
            woken.append(reader.waiting[0])
            readers[number]?.waiting.removeFirst()
            readers[number]?.next = end
        }
        if !woken.isEmpty { dropRead() }
        while count > countLimit || bytes > byteLimit { dropFirst() }
        return woken
    }

    /// Nothing comes any more. What has not been read still can be; those who wait get nothing.
    package mutating func finish() -> [Waiter] {
        isFinished = true
        var waiting: [Waiter] = []
        for (number, reader) in readers {
            waiting += reader.waiting
            readers[number]?.waiting = []
        }
        return waiting
    }

    /// Drops what every reader has read.
    private mutating func dropRead() {
        let least = readers.values.lazy.map(\.next).min() ?? end
        while first < least, count > 0 { dropFirst() }
    }

    private mutating func dropFirst() {
        bytes -= entries.removeFirst()?.bytes ?? 0
        first += 1
    }
}
