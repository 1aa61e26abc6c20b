import ProcessIO

/// The messages that wait for one subscriber, oldest first. Bounded in number and in bytes.
///
/// Under `slowPublisher` a message that finds no room stays behind the others, for as long as its publisher waits.
package struct TopicQueue: Sendable {
    private struct Entry {
        let message: [UInt8]
        /// The publisher that waits; `nil`: the message has had room.
        let ticket: UInt64?
    }

    package let limit: Int
    private let byteLimit: Int
    private let overflow: TopicOverflow
    private var entries = Queue<Entry>()
    /// Of messages that have room.
    private var admitted = 0
    private var admittedBytes = 0
    /// Since the beginning.
    package private(set) var dropped: UInt64 = 0

    package init(limit: Int, overflow: TopicOverflow, bytes: Int = Limits.topicBytes) {
        (self.limit, self.overflow, byteLimit) = (limit, overflow, bytes)
    }

    /// Messages that have room.
    package var count: Int { admitted }
    /// All that is kept, messages of waiting publishers included.
    package var kept: Int { entries.count }
    package var isEmpty: Bool { kept == 0 }

    /// False: the publisher with this ticket has to wait.
    package mutating func append(_ message: [UInt8], ticket: UInt64) -> Bool {
        switch overflow {
        case .slowPublisher:
            let hasRoom = kept == admitted && hasRoom(for: message)
            entries.append(Entry(message: message, ticket: hasRoom ? nil : ticket))
            if hasRoom { admit(message) }
            return hasRoom
        case .dropNewest:
            if hasRoom(for: message) { add(message) } else { dropped += 1 }
        case .dropOldest:
            while !hasRoom(for: message) {
                removeFirst()
                dropped += 1
            }
            add(message)
        }
        return true
    }

    /// The oldest messages, as many as go into a batch but at least one; and the publishers that have to wait no
    /// longer.
    package mutating func take(count: Int, bytes: Int) -> (batch: PackedValues, released: [UInt64]) {
        var batch = PackedValues()
        while batch.count < count, admitted > 0, let message = entries.first?.message {
            guard batch.isEmpty || batch.size + PackedValues.size(ofValue: message.count) <= bytes else { break }
            batch.append(message)
            removeFirst()
        }
        return (batch, admitWaiting())
    }

    /// The publisher waits no longer, and its message is not delivered. Returns others that have room now.
    package mutating func withdraw(_ ticket: UInt64) -> [UInt64] {
        entries.removeAll { $0.ticket == ticket }
        return admitWaiting()
    }

    /// Publishers that wait.
    package var waiting: [UInt64] { entries.all.compactMap(\.ticket) }

    /// A message that is longer than all of the bytes has room when it is alone.
    private func hasRoom(for message: [UInt8]) -> Bool {
        admitted < limit && (admitted == 0 || admittedBytes + message.count <= byteLimit)
    }

    private mutating func add(_ message: [UInt8]) {
        entries.append(Entry(message: message, ticket: nil))
        admit(message)
    }

    private mutating func admit(_ message: [UInt8]) {
        admitted += 1
        admittedBytes += message.count
    }

    private mutating func admitWaiting() -> [UInt64] {
        var released: [UInt64] = []
        while kept > admitted, let next = entries[admitted], let ticket = next.ticket, hasRoom(for: next.message) {
            entries.replace(at: admitted, with: Entry(message: next.message, ticket: nil))
            admit(next.message)
            released.append(ticket)
        }
        return released
    }

    /// The first one has room always.
    private mutating func removeFirst() {
        admitted -= 1
        admittedBytes -= entries.removeFirst()?.message.count ?? 0
    }
}
