import ProcessIO

/// What a stream's producer has made and its consumer has not used: how far the one may be ahead of the other.
///
/// A pull takes at most half of what the consumer's credit is, so that the producer goes on while the consumer uses
/// it. A pull that waits with nothing on its way always has credit for one element, however long the others were.
package struct StreamBuffer: Sendable {
    package enum Pull: Equatable, Sendable {
        case batch(StreamBatch)
        /// There will be something, or the end.
        case wait
    }

    private let countLimit: Int
    private let byteLimit: Int
    private let batchBytes: Int
    /// What has not been pulled, in batches, no more than the credit; only the last one grows.
    private var batches: [PackedValues] = []
    /// Bytes of each element that has been produced and not used.
    private var sizes = Queue<Int>()
    private var unusedBytes = 0
    private var used: UInt64 = 0
    private var pulled: UInt64 = 0
    private var isAsked = false
    private var isFinished = false

    package init(count: Int = Limits.streamCredit, bytes: Int = Limits.streamBytes, batchBytes: Int) {
        (countLimit, byteLimit, self.batchBytes) = (count, bytes, batchBytes)
    }

    /// Elements that were produced and that the consumer is not known to have used.
    package var lead: Int { sizes.count }
    package var produced: UInt64 { used + UInt64(lead) }
    /// What is kept of them, until it is pulled.
    package var bytesKept: Int { batches.reduce(0) { $0 + $1.size } }

    /// Whether the next element is to be taken from the source.
    package var mayProduce: Bool {
        guard !isFinished, lead < countLimit else { return false }
        return unusedBytes < byteLimit || isWaitedFor
    }

    /// Whether a pull waits, and has to go on doing so.
    package var isWaitedFor: Bool { isAsked && batches.isEmpty && !isFinished }

    package mutating func append(_ element: UnsafeRawBufferPointer) {
        let size = PackedValues.size(ofValue: element.count)
        sizes.append(size)
        unusedBytes += size
        if batches.isEmpty || batches[batches.count - 1].count >= countLimit / 2
            || batches[batches.count - 1].size + size > batchBytes
        {
            batches.append(PackedValues())
        }
        batches[batches.count - 1].append(element)
    }

    /// No element comes any more.
    package mutating func finish() { isFinished = true }

    /// The consumer has used so many elements since the beginning, and wants more.
    package mutating func pull(used count: UInt64) -> Pull {
        use(count)
        guard !batches.isEmpty else {
            if isFinished { return .batch(StreamBatch(isLast: true)) }
            isAsked = true
            return .wait
        }
        isAsked = false
        let batch = batches.removeFirst()
        pulled += UInt64(batch.count)
        return .batch(StreamBatch(values: batch, isLast: isFinished && batches.isEmpty))
    }

    /// It cannot have used what it has not pulled, whatever it says.
    private mutating func use(_ count: UInt64) {
        let count = min(count, pulled)
        while used < count {
            unusedBytes -= sizes.removeFirst() ?? 0
            used += 1
        }
    }
}

/// Elements of a stream, in order.
package struct StreamBatch: Codable, Equatable, Sendable {
    package var values: PackedValues
    /// Nothing comes after them but, if the source has failed, its error.
    package var isLast: Bool
    package var error: StreamError?

    package init(values: PackedValues = PackedValues(), isLast: Bool = false, error: StreamError? = nil) {
        (self.values, self.isLast, self.error) = (values, isLast, error)
    }
}
